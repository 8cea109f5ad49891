# SPDX-License-Identifier: Apache-2.0
# "make help" lists the targets. All output goes to build/.

BUILD := build
DEPS := build/deps
ARM := arm-none-eabi-

ifeq ($(origin CC),default)
CC := gcc
endif

# One job per processor unless -j says otherwise.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:

.PHONY: all
all: host ## build both host programs: the gateway mailseald and the tool mailseal

.PHONY: help
help: ## print this list
	@sed -n 's/^\([a-z][a-z-]*\):.* ## /\1\t/p' Makefile $(wildcard board/boards.mk) | expand -t 16

# --- sources -------------------------------------------------------------------------------------------------------

# (PORT is taken: it is the port number of "make run".)
ENGINE := $(wildcard engine/*/*.c)
CORE := $(wildcard port/gateway/*.c port/driver/sd/sd_*.c port/driver/eeprom/at24c.c)
OVER_LWIP := $(wildcard port/lwip/*.c)
OVER_MBEDTLS := $(wildcard port/mbedtls/*.c)
LINUX := $(wildcard port/linux/*.c)
TOOLS := $(wildcard tools/mailseal/*.c tools/mailseal/*/*.c)
# Kernels that replace the engine's portable ones on the processor of the host programs.
KERNELS := $(if $(filter x86_64-%,$(shell $(CC) -dumpmachine 2>/dev/null)),$(wildcard port/x86/*.c))
OURS := $(ENGINE) $(CORE) $(OVER_LWIP) $(OVER_MBEDTLS) $(LINUX) $(KERNELS) $(TOOLS)
# The style and each language of the hand-over sheet, to be compiled in as octets.
TEXTS := tools/mailseal/sheet/sheet.css $(wildcard tools/mailseal/sheet/*.txt)
HEADERS := $(wildcard engine/*/*.h port/*/*.h port/driver/*/*.h)

# --- Mbed TLS and lwIP ---------------------------------------------------------------------------------------------

# Fetched, unless these name other trees. sources.mk lists their files; make builds it first and then restarts.
MBEDTLS_DIR ?=
LWIP_DIR ?=
MBEDTLS := $(or $(MBEDTLS_DIR),$(DEPS)/mbedtls)
LWIP := $(or $(LWIP_DIR),$(DEPS)/lwip)

# These need neither library, or call make again once the packages are installed.
WITHOUT_DEPS := help clean distclean uninstall run test test-long test-debian13 sim check bench fuzz size engine \
	measures check-layers check-text check-words check-python check-measures check-purity check-stack
ifneq ($(filter-out $(WITHOUT_DEPS),$(or $(MAKECMDGOALS),all)),)
TREES := $(MBEDTLS) $(LWIP)
$(shell mkdir -p $(DEPS); echo '$(TREES)' | cmp -s - $(DEPS)/trees || echo '$(TREES)' >$(DEPS)/trees)
include $(DEPS)/sources.mk
endif

$(DEPS)/sources.mk: tools/build/deps.sh $(DEPS)/trees
	@tools/build/packages.sh build
	@MBEDTLS_DIR='$(MBEDTLS_DIR)' LWIP_DIR='$(LWIP_DIR)' tools/build/deps.sh $(DEPS)

.PHONY: deps
deps: $(DEPS)/sources.mk ## fetch the sources of Mbed TLS and lwIP (MBEDTLS_DIR=, LWIP_DIR= use your own trees)

# Files of Mbed TLS that are empty with port/mbedtls/mbedtls_config.h. If the configuration comes to need one of them, a
# program does not link: take its name out.
MBEDTLS_EMPTY := aria bignum_mod bignum_mod_raw block_cipher camellia ccm cmac ctr_drbg debug des dhm ecjpake \
	ecp_curves_new entropy entropy_poll error lmots lms md5 memory_buffer_alloc mps_trace net_sockets nist_kw \
	pkcs12 pkcs5 pkcs7 psa_crypto_ffdh psa_crypto_pake psa_crypto_random psa_crypto_se \
	psa_crypto_storage psa_its_file ripemd160 sha3 ssl_cache ssl_cookie ssl_debug_helpers_generated threading \
	timing version version_features x509_create x509_crl x509_csr x509write x509write_crt x509write_csr
MBEDTLS_C := $(filter-out $(MBEDTLS_EMPTY:%=%.c),$(MBEDTLS_C))

# --- compiling -----------------------------------------------------------------------------------------------------

# build/VARIANT/path/of/source.o. host is for use, asan is the same under ASan and UBSan. m3, m32 and clang have only
# the engine: for a Cortex-M3, for a 32-bit CPU without a C library, and with every warning of clang. fuzz is for the
# fuzzers.
VARIANTS := host asan m3 m32 clang fuzz

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wcast-qual -Wundef -Wvla -Wswitch-enum
# Empty except in "make check", so that a new compiler's warning stops no user.
ERROR :=
OWN := -std=c11 $(WARN) $(ERROR) -I.
CFLAGS := -O2 -g
M3 := -mcpu=cortex-m3 -mthumb

CC_host := $(CC)
CC_asan := $(CC)
CC_m3 := $(ARM)gcc
CC_m32 := $(CC)
CC_clang := clang
CC_fuzz := clang

FLAGS_host := $(CFLAGS)
FLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_m3 := $(M3) -Os -g -ffunction-sections -fdata-sections -fcallgraph-info=su
FLAGS_m32 = -m32 -O2 -ffreestanding -nostdinc -isystem tools/build/freestanding \
	-isystem $(shell $(CC) -print-file-name=include) -Werror
FLAGS_clang := -O1 -Werror
FLAGS_fuzz := $(FLAGS_asan) -O2 -fsanitize=fuzzer-no-link

# These warnings of clang are off for the engine: padding is no fault; we write C11, which allows declarations after
# statements; a switch over an enum names all its values, so a default would only hide a new one; C has no other way to
# walk a buffer than a pointer.
EVERYTHING := -Weverything -Wno-unknown-warning-option -Wno-padded -Wno-declaration-after-statement \
	-Wno-switch-default -Wno-unsafe-buffer-usage -Wno-pre-c11-compat

MBEDTLS_FLAGS := -isystem $(MBEDTLS)/include -DMBEDTLS_CONFIG_FILE='"port/mbedtls/mbedtls_config.h"' -I. \
	-Iport/mbedtls
LWIP_FLAGS := -isystem $(LWIP)/src/include -Iport/lwip -I.

# What a folder may use beyond C11 and the project's own headers.
USES_port/lwip := $(LWIP_FLAGS)
USES_port/mbedtls := $(MBEDTLS_FLAGS)
USES_port/linux := $(LWIP_FLAGS) $(MBEDTLS_FLAGS) -isystem /usr/include/slirp -D_GNU_SOURCE
USES_tools := -D_GNU_SOURCE
USES_tests := -D_GNU_SOURCE $(MBEDTLS_FLAGS)
uses = $(foreach folder,port/lwip port/mbedtls port/linux tools tests,$(if $(filter $(folder)/%,$1),$(USES_$(folder))))

# $(call compile,VARIANT,FLAGS). -MD and not -MMD: the libraries' configuration files are reached from system headers.
compile = mkdir -p $(@D) && $(CC_$1) $(FLAGS_$1) $2 -MD -MP -c $< -o $@

# The options of a board are in its board.mk.
define variant
$(BUILD)/$1/mbedtls/%.o: $(MBEDTLS)/library/%.c $(DEPS)/trees $(wildcard board/$1/board.mk)
	@$$(call compile,$1,-w $(MBEDTLS_FLAGS))
$(BUILD)/$1/lwip/%.o: $(LWIP)/src/%.c $(DEPS)/trees $(wildcard board/$1/board.mk)
	@$$(call compile,$1,-w $(LWIP_FLAGS))
# See port/lwip/lwipopts.h.
$(BUILD)/$1/lwip/core/ipv4/dhcp.o: FLAGS_$1 += -DLWIP_DNS=1
$(BUILD)/$1/%.o: %.c Makefile $(wildcard board/$1/board.mk)
	@echo $$@
	@$$(call compile,$1,$(OWN) $$(call uses,$$<) $$(if $$(filter engine/%,$$<),$(ENGINE_FLAGS_$1)))

$(BUILD)/$1/texts.o: $(BUILD)/texts.c tools/mailseal/sheet/texts.h
	@$$(call compile,$1,$(OWN))

ENGINE_$1 := $(ENGINE:%.c=$(BUILD)/$1/%.o)
OURS_$1 := $(OURS:%.c=$(BUILD)/$1/%.o)

$(BUILD)/$1/libengine.a: $(patsubst %.c,$(BUILD)/$1/%.o,$(ENGINE) $(CORE))
$(BUILD)/$1/libmbedtls.a: $(patsubst %.c,$(BUILD)/$1/%.o,$(OVER_MBEDTLS) $(MBEDTLS_C:%=mbedtls/%))
$(BUILD)/$1/liblwip.a: $(patsubst %.c,$(BUILD)/$1/%.o,$(OVER_LWIP) $(LWIP_C:%=lwip/%))

$(BUILD)/$1/%.a:
	@echo $$@
	@mkdir -p $$(@D) && rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(BUILD)/texts.c: tools/mailseal/sheet/texts.sh $(TEXTS)
	@mkdir -p $(@D)
	@tools/mailseal/sheet/texts.sh $(TEXTS) >$@
ENGINE_FLAGS_clang := $(EVERYTHING)
# Without this compilers turn our own loops into calls of strlen.
ENGINE_FLAGS_m3 := -fno-tree-loop-distribute-patterns
IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null))
ENGINE_FLAGS_host := $(if $(IS_CLANG),-fno-builtin-strlen,$(ENGINE_FLAGS_m3))
$(foreach v,$(VARIANTS),$(eval $(call variant,$v)))

-include $(shell find $(VARIANTS:%=$(BUILD)/%) -name '*.d' 2>/dev/null)

# --- linking -------------------------------------------------------------------------------------------------------

# The libraries call each other (a port calls the engine, which calls the port back), hence the group.
link = @echo $@ && mkdir -p $(@D) && \
	$(CC_$1) $(FLAGS_$1) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $2 -o $@

# Each of these folders is one program. In the other folders below tests/, each .c is a separate program that helps the
# scripts there. LIBS_NAME lists what the program NAME needs beyond our libraries.
SUITES := unit sim cut
HELPERS := $(filter-out $(SUITES:%=tests/%/%.c) tests/fuzz/%,$(wildcard tests/*/*.c))
LIBS_opendkim := -lopendkim
LIBS_mailseal := -ljansson -lqrencode -lldns -lexpat -larchive

define programs
$(BUILD)/$1/mailseald: $(LINUX:%.c=$(BUILD)/$1/%.o) $(KERNELS:%.c=$(BUILD)/$1/%.o) \
		$(addprefix $(BUILD)/$1/,liblwip.a libmbedtls.a libengine.a)
	$$(call link,$1,-lslirp -lpthread)
$(BUILD)/$1/mailseal: $(TOOLS:%.c=$(BUILD)/$1/%.o) $(KERNELS:%.c=$(BUILD)/$1/%.o) \
		$(BUILD)/$1/texts.o $(BUILD)/$1/libmbedtls.a $(BUILD)/$1/libengine.a
	$$(call link,$1,$$(LIBS_mailseal))
$(foreach s,$(SUITES),
$(BUILD)/$1/$s: $(patsubst %.c,$(BUILD)/$1/%.o,$(wildcard tests/*.c tests/$s/*.c) $(KERNELS)) \
		$(BUILD)/$1/libmbedtls.a $(BUILD)/$1/libengine.a
	$$(call link,$1)
)
$(BUILD)/$1/tests/%: $(BUILD)/$1/tests/%.o $(KERNELS:%.c=$(BUILD)/$1/%.o) \
		$(BUILD)/$1/libmbedtls.a $(BUILD)/$1/libengine.a
	$$(call link,$1,$$(LIBS_$$(@F)))
endef
$(foreach v,host asan,$(eval $(call programs,$v)))
include $(wildcard board/boards.mk)

.PHONY: host asan helpers engine
host: $(BUILD)/host/mailseald $(BUILD)/host/mailseal
asan: $(addprefix $(BUILD)/asan/,mailseald mailseal unit cut sim) ## build everything with ASan and UBSan, in build/asan
helpers: $(HELPERS:%.c=$(BUILD)/host/%)
engine: $(ENGINE_host) ## build only the engine, which needs nothing but a compiler
host helpers:
	@:

# --- running and testing -------------------------------------------------------------------------------------------

# For the scripts. Debian's Python has the packages that they need; another one in PATH may not.
export BUILD
export PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
export ONCE PORT SINK_PORT

.PHONY: run test test-long test-qemu sim bench
run: ## start a gateway and a sink, send a message through both (ONCE=1, PORT=2525, SINK_PORT=2526, BOARD=)
	@tools/build/packages.sh $(if $(BOARD),board,run)
	@$(MAKE) $(if $(BOARD),run-board,host)
	@$(if $(BOARD),,tools/build/demo.sh)

# Longest first: tests/run.sh starts them in this order. Suites that wait most of their time come after "--".
BOARDS_LONG := $(foreach b,lm3s6965evb emcraft-sf2 mps2-an386,$(filter $b,$(BOARDS)))
BOARDS_LONG += $(filter-out $(BOARDS_LONG),$(BOARDS))
E2E := $(basename $(notdir $(wildcard tests/e2e/*.sh)))
E2E_BUSY := porting judge tool
E2E_LONG := next_hop activation gateway postfix meddler abuse records tls relay handover
E2E_WAITING := $(E2E_LONG) $(filter-out $(E2E_LONG) $(E2E_BUSY),$(E2E))
test test-long: TEST_SUITES = \
	$(foreach b,$(BOARDS_LONG),'board-$b=env BOARDS=$b tests/qemu/run.sh') \
	diff=tests/diff/run.sh $(foreach b,$(BOARDS_LONG),'unit-$b=tests/qemu/unit.sh $b') \
	promises=tests/promises/run.sh $(foreach s,$(E2E_BUSY),'$s=tests/e2e/$s.sh') \
	$(if $(LONG),changes=tests/changes/run.sh 'asan-tool=tests/asan.sh tests/e2e/tool.sh') $(IN_DEBIAN13) \
	$(foreach s,$(SUITES),'asan-$s=$(BUILD)/asan/$s') $(foreach s,$(SUITES),'$s=$(BUILD)/host/$s') \
	-- $(foreach s,$(E2E_WAITING),'$s=tests/e2e/$s.sh') \
	$(foreach s,abuse relay,'asan-$s=tests/asan.sh tests/e2e/$s.sh')
test-long: export LONG := 1
test: ## run every test that each change needs; the last line is "N passed, N failed"
test-long: ## run all tests, with the exhaustive ones
test test-long:
	@tools/build/packages.sh test
	@$(MAKE) host helpers boards units $(SUITES:%=$(BUILD)/host/%) $(addprefix $(BUILD)/asan/,mailseald $(SUITES) \
		$(if $(LONG),mailseal))
	@tests/run.sh $(TEST_SUITES)
	@$(if $(LONG),$(MAKE) test-debian13)

# tests/debian13.sh: a message through a gateway on Debian 13, if the chroot exists and we are root, who owns it.
IN_DEBIAN13 = $(if $(shell test -w $(or $(DEBIAN13),$(BUILD)/debian13)/ready && echo yes),debian13=tests/debian13.sh,\
	$(info debian13: not run: no chroot exists; create it with: make test-debian13))

.PHONY: test-debian13
test-debian13: ## run a message, every board and every test in a Debian 13 chroot (root only, needs debootstrap)
	@tools/build/packages.sh debian13
	@LONG=1 tests/debian13.sh

test-qemu: ## run the tests on boards in QEMU (BOARDS="NAME ...", LONG=1)
	@tools/build/packages.sh test
	@$(MAKE) host helpers boards units
	@tests/run.sh boards=tests/qemu/unit.sh qemu=tests/qemu/run.sh

sim: ## simulate the whole gateway: 20,000 transactions (SEED=N: one world's dialogue, COUNT=N: N worlds)
	@$(MAKE) $(BUILD)/host/sim
	@$(BUILD)/host/sim '$(SEED)' '$(COUNT)'

bench: ## measure how fast it is
	@tools/build/packages.sh test
	@$(MAKE) host helpers
	@tests/bench/bench.sh

.PHONY: install uninstall
install uninstall: export DESTDIR := $(DESTDIR)
install uninstall: export PREFIX := $(or $(PREFIX),/usr/local)
install uninstall: export SYSCONFDIR := $(or $(SYSCONFDIR),/etc)
install: host ## programs, manual pages, completion, examples (DESTDIR=, PREFIX=/usr/local, SYSCONFDIR=/etc)
	@tools/build/install.sh install
uninstall: ## remove what install copied; a configuration that was changed stays
	@tools/build/install.sh uninstall

.PHONY: docs
docs: $(BUILD)/host/mailseal ## write the keys of the configuration into docs/configuration.md and gateway.conf(5)
	@$(PYTHON) -B tools/build/config_docs.py $<

.PHONY: man sheet-picture
man: host ## write the commands' help into the manual page, docs/man/mailseal.1
	@tools/build/man.sh $(BUILD)/host/mailseal docs/man/mailseal.1

sheet-picture: ## take a picture of the hand-over sheet: tools/mailseal/sheet/sheet.png (needs Chromium)
	@tools/build/packages.sh sheet
	@$(MAKE) host
	@tools/mailseal/sheet/picture.sh $(BUILD)/host/mailseal tools/mailseal/sheet/sheet.png

# --- fuzzing -------------------------------------------------------------------------------------------------------

# Each .c in tests/fuzz is a program that begins with tests/fuzz/seeds/NAME. What it finds stays in
# build/fuzz/corpus/NAME for the next run.
FUZZ_S := 60
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))

$(FUZZERS:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/fuzz/tests/fuzz/%.o $(BUILD)/fuzz/libtools.a \
		$(KERNELS:%.c=$(BUILD)/fuzz/%.o) $(BUILD)/fuzz/libmbedtls.a $(BUILD)/fuzz/libengine.a
	$(call link,fuzz,-fsanitize=fuzzer -lexpat)
$(BUILD)/fuzz/libtools.a: $(patsubst %.c,$(BUILD)/fuzz/%.o,$(wildcard tools/mailseal/records/*.c) \
	$(addprefix tools/mailseal/,base/config_keys.c base/document.c base/reading.c base/suggest.c bundle/redact.c \
	reports/aggregate.c reports/evidence.c reports/summary.c site/gateway_log.c))

.PHONY: fuzz fuzzers $(FUZZERS:%=fuzz-%)
fuzz: ## run every fuzzer for FUZZ_S=60 seconds
	@tools/build/packages.sh fuzz
	@$(MAKE) fuzzers
	@$(MAKE) -k $(FUZZERS:%=fuzz-%)
fuzzers: $(FUZZERS:%=$(BUILD)/fuzz/%)
$(FUZZERS:%=fuzz-%): fuzz-%: $(BUILD)/fuzz/%
	@tests/fuzz/run.sh $< $(FUZZ_S)

# --- checking ------------------------------------------------------------------------------------------------------

CHECKS := layers text words python docs measures headers purity stack stack-boards flash gcc clang m32 tidy cppcheck

.PHONY: check checks $(CHECKS:%=check-%)
check: ## check the promises of the engine, warnings of two compilers, static analysis
	@tools/build/packages.sh check
	@$(MAKE) checks
checks: $(CHECKS:%=check-%)
$(CHECKS:%=check-%):
	@echo 'check: $(@:check-%=%) ok'

check-layers: layers
check-text: text
check-measures: measured
.PHONY: layers text measured
measured:
	@$(PYTHON) -B tools/build/measures.py --check
	@tests/changes/run.sh apply
layers:
	@tools/build/check_layers.sh
text:
	@tools/build/check_text.sh
	@$(PYTHON) -B tools/build/check_porting.py

check-python: python
.PHONY: python
python:
	@tools/build/check_python.sh

check-words: words
.PHONY: words
words:
	@$(PYTHON) -B tools/build/check_words.py

check-docs: documented
.PHONY: documented
documented: $(BUILD)/host/mailseal
	@$(PYTHON) -B tools/build/config_docs.py --check $<

# Each header alone, as C and as C++ (where _Noreturn is [[noreturn]]).
HEADER_OKS := $(HEADERS:%=$(BUILD)/check/%.ok)
check-headers: $(HEADER_OKS)
$(BUILD)/check/%.h.ok: %.h $(HEADERS)
	@mkdir -p $(@D)
	@printf '#include "%s"\ntypedef int alone;\n' $< | $(CC) $(OWN) -Werror $(call uses,$<) -fsyntax-only -x c -
	@echo '#include "$<"' | g++ -std=c++17 -D_Noreturn='[[noreturn]]' -Wall -Wextra -Werror -I. \
		$(call uses,$<) -fsyntax-only -x c++ -
	@touch $@

check-purity: $(BUILD)/check/purity-host $(BUILD)/check/purity-m3
$(BUILD)/check/purity-%: BINUTILS = $(if $(filter m3,$*),$(ARM))
$(BUILD)/check/purity-host: $(ENGINE_host)
$(BUILD)/check/purity-m3: $(ENGINE_m3)
$(BUILD)/check/purity-%: tools/build/check_purity.sh
	@mkdir -p $(@D)
	@tools/build/check_purity.sh '$(BINUTILS)' $@.o $(filter %.o,$^)
	@touch $@

check-stack: $(BUILD)/check/stack.txt
$(BUILD)/check/stack.txt: tools/build/check_stack.py tools/build/stack_graph.py tools/build/stack_indirect.txt \
		$(wildcard tests/budget.txt) $(ENGINE_m3)
	@mkdir -p $(@D)
	@$(PYTHON) tools/build/check_stack.py $(ENGINE_m3:.o=.ci) >$@.new && mv $@.new $@
	@cut -c 1-120 $@

check-stack-boards: $(BOARDS:%=$(BUILD)/%/stack.txt)

check-flash: $(BOARDS:%=$(BUILD)/%/flash.txt)

# All of our code that gcc compiles, compiled again with warnings as errors.
STRICT_C := $(OURS) $(if $(wildcard $(TEXTS)),texts.c) $(wildcard tests/*.c $(SUITES:%=tests/%/*.c)) $(HELPERS)
STRICT_BOARD_C := $(wildcard port/cortexm/*.c) port/driver/eth/eth.c $(CORE) $(OVER_LWIP) $(OVER_MBEDTLS)
STRICT := $(STRICT_C:%.c=$(BUILD)/host/%.o) \
	$(foreach b,$(BOARDS),$(patsubst %.c,$(BUILD)/$b/%.o,board/$b/board.c $(DRIVERS_$b) $(STRICT_BOARD_C)))
.PHONY: strict strict-objects clang-host
strict:
	@$(MAKE) BUILD=$(BUILD)/strict ERROR=-Werror strict-objects
strict-objects: $(STRICT)
check-gcc: strict

# What CC=clang builds for a user, with separate flags.
clang-host:
	@$(MAKE) BUILD=$(BUILD)/by-clang CC=clang ERROR=-Werror host
	@$(MAKE) BUILD=$(BUILD)/by-clang CC=clang helpers $(SUITES:%=$(BUILD)/by-clang/host/%)
check-clang: $(OURS_clang) clang-host
check-m32: $(ENGINE_m32)

# Code that runs only on boards, checked as for the smallest of them.
FIRMWARE := $(wildcard port/cortexm/*.c port/driver/*/*.c board/*.c board/*/*.c)
AS_FIRMWARE := --target=arm-none-eabi $(M3) -ffreestanding -idirafter /usr/include/newlib $(DEFINES_lm3s6965evb)

check-tidy: $(patsubst %,$(BUILD)/check/%.tidy,$(OURS) $(FIRMWARE))
$(FIRMWARE:%=$(BUILD)/check/%.tidy): TIDY = $(AS_FIRMWARE)
$(BUILD)/check/%.c.tidy: %.c .clang-tidy $(HEADERS)
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- -std=c11 -I. $(call uses,$<) $(TIDY) >$@.log 2>&1 || { cat $@.log; exit 1; }
	@touch $@

check-cppcheck: $(BUILD)/check/cppcheck
# Start-up compares symbols of the link script, which are not objects. cppcheck 2.10 cannot parse _Generic within ?:.
$(BUILD)/check/cppcheck: $(OURS) $(FIRMWARE) $(HEADERS)
	@mkdir -p $@.d
	@cppcheck --quiet --std=c11 --language=c '-D_Generic(of,...)=(of)' --inline-suppr \
		--enable=warning,performance,portability \
		--suppress=missingIncludeSystem --suppress=comparePointers:port/cortexm/start.c \
		--error-exitcode=1 --cppcheck-build-dir=$@.d -I . $(OURS) $(FIRMWARE)
	@touch $@

.PHONY: measures
measures: ## measure length, complexity, duplication, floors, additions (UPDATE=1: into docs/architecture.md)
	@$(PYTHON) -B tools/build/measures.py $(if $(UPDATE),--update)

.PHONY: size
size: ## measure code, data and stack of the engine, also into docs/measurements.md
	@tools/build/packages.sh check
	@$(MAKE) engine check-stack >/dev/null
	@tools/build/size.sh

# --- cleaning ------------------------------------------------------------------------------------------------------

.PHONY: clean distclean
clean: ## remove what was built, but not what was fetched
	@[ ! -d $(BUILD) ] || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name deps ! -name corpus ! -name "debian13*" \
		-exec rm -rf {} +
distclean: ## also remove what was fetched
	@rm -rf $(BUILD) $(DEPS)
