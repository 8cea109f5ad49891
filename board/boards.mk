# SPDX-License-Identifier: Apache-2.0
# Firmware: "make BOARD" builds build/BOARD/mailseal.elf. A board is a variant in the Makefile with its own
# compiler flags, and a folder of facts: docs/porting.md.

BOARDS := $(patsubst board/%/board.mk,%,$(wildcard board/*/board.mk))
include $(BOARDS:%=board/%/board.mk)

ifneq ($(filter run run-board test-board selftest-board,$(MAKECMDGOALS)),)
ifneq ($(filter $(BOARD),$(BOARDS)),$(strip $(BOARD)))
$(error BOARD=$(BOARD): no such board; the boards are: $(BOARDS))
endif
endif

# One of the halt_*.c is linked too: mailseal.elf restarts, selftest.elf stays, the images for QEMU give it their exit
# code. port/driver/eth/eth.c has what all Ethernet drivers share; a board without one links it too.
MAIN := $(addprefix port/cortexm/,main.c network.c device_keys.c)
SELFTEST := $(addprefix port/cortexm/,selftest.c selftest_devices.c selftest_ethernet.c)
PARTS := port/driver/eth/eth.c $(filter-out $(addprefix port/cortexm/,halt_%.c test_main.c) $(MAIN) $(SELFTEST), \
	$(wildcard port/cortexm/*.c))

# A board whose memory cannot hold all suites at once has those in SUITES_ALONE_BOARD each in its own image. Those in
# SUITES_NEVER_BOARD cannot run on it; those in SUITES_LONG_BOARD run on it in "make test-long" only.
# The suites are those that tests/unit/main.c names.
SUITES_UNIT := $(filter $(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c)), \
	$(shell sed -n 's/X(\([a-z_0-9]*\))/\n\1\n/gp' tests/unit/main.c))
UNIT_HELPERS := $(filter-out tests/unit/host_out.c tests/unit/test_%.c,$(wildcard tests/*.c tests/unit/*.c))
IMAGES := mailseal mailseal-qemu selftest selftest-qemu bench
LDFLAGS_UNIT = -Wl,--defsym=SEAL_TEST=1 \
	$(addprefix -Wl$(comma)--defsym=test_,$(addsuffix _cases=test_no_cases,$(filter-out $(SUITES),$(SUITES_UNIT))))
UNIT_MACHINE := port/driver/eth/eth.c \
	$(addprefix port/cortexm/,start.c fault.c console.c small.c halt_semihosting.c test_main.c)
comma := ,

STACK_CHECK := $(addprefix tools/build/,check_stack_board.py stack_graph.py stack_indirect.txt stack_boards.txt)

# What no image may contain: libc's heap and its formatted output.
NOT_IN_IMAGE := malloc|calloc|realloc|free|_sbrk|_malloc_r|.*printf.*|.*scanf.*

# Without these two optimizations code is smaller and slower: used for all code but the hottest.
SMALLER := schedule-insns2 move-loop-invariants
HOT := engine/base/sha256_block engine/dkim/canon_body engine/dkim/canon_head engine/mail/dots engine/mail/lines \
	$(addprefix mbedtls/,aes gcm chacha20 poly1305 bignum_core)

define board_flags
CC_$1 := $(ARM)gcc
$(HOT:%=$(BUILD)/$1/%.o): FLAGS_$1 += $(SMALLER:%=-f%)
# Otherwise the compiler would replace its loops by calls of the same functions.
$(BUILD)/$1/port/cortexm/small.o: FLAGS_$1 += $(ENGINE_FLAGS_m3)
FLAGS_$1 := $(CPU_$1) -mthumb -mfloat-abi=soft -Os -g -ffunction-sections -fdata-sections $(SMALLER:%=-fno-%) \
	-fcallgraph-info=su -DSEAL_LWIP_SIZES='"port/cortexm/lwip_sizes.h"' $(DEFINES_$1)
ENGINE_FLAGS_$1 := $(ENGINE_FLAGS_m3)
endef
$(foreach b,$(BOARDS),$(eval $(call board_flags,$b)))
$(foreach b,$(BOARDS),$(eval $(call variant,$b)))

-include $(shell find $(BOARDS:%=$(BUILD)/%) -name '*.d' 2>/dev/null)

define board
PARTS_$1 := $$(patsubst %.c,$(BUILD)/$1/%.o,board/$1/board.c $(DRIVERS_$1) $(PARTS))
LIBS_$1 := $(addprefix $(BUILD)/$1/,liblwip.a libmbedtls.a libengine.a)
SCRIPTS_$1 := board/$1/link.ld board/sections.ld
LDFLAGS_$1 = -nostartfiles --specs=nano.specs -L. -T board/$1/link.ld -Wl,--gc-sections -Wl,--no-warn-rwx-segments \
	-Wl,-Map=$$@.map -Wl,--fatal-warnings

$(BUILD)/$1/mailseal.elf: $(BUILD)/$1/port/cortexm/halt_reset.o
$(BUILD)/$1/mailseal-qemu.elf: $(BUILD)/$1/port/cortexm/halt_semihosting.o
$(BUILD)/$1/selftest.elf: $(BUILD)/$1/port/cortexm/halt_stay.o
$(BUILD)/$1/selftest-qemu.elf: $(BUILD)/$1/port/cortexm/halt_semihosting.o
$(BUILD)/$1/selftest.elf $(BUILD)/$1/selftest-qemu.elf: $(SELFTEST:%.c=$(BUILD)/$1/%.o)
$(BUILD)/$1/bench.elf: $(BUILD)/$1/port/cortexm/halt_semihosting.o $(BUILD)/$1/tests/bench/board/board_bench.o
$(BUILD)/$1/mailseal.elf $(BUILD)/$1/mailseal-qemu.elf: $(MAIN:%.c=$(BUILD)/$1/%.o)
$(IMAGES:%=$(BUILD)/$1/%.elf): $$(PARTS_$1) $$(LIBS_$1) $$(SCRIPTS_$1)
	$$(call link,$1,$$(LDFLAGS_$1))
	$$(call no_heap)

$(BUILD)/$1/stack.txt: $(BUILD)/$1/mailseal.elf $(STACK_CHECK)
	@$$(PYTHON) tools/build/check_stack_board.py $$< $(BUILD)/$1 >$$@.new || { cat $$@.new; false; }
	@mv $$@.new $$@

$(BUILD)/$1/flash.txt: $(BUILD)/$1/mailseal.elf tools/build/check_flash.sh
	@tools/build/check_flash.sh $1 $$< >$$@.new
	@mv $$@.new $$@

# The real firmware, but with a card that fails when a test wants it to: port/driver/sd/sd_faulty.h.
$(BUILD)/$1/board/$1/board-faulty.o: $(BUILD)/$1/board/$1/board.o
	@$(ARM)objcopy --redefine-sym seal_sd_init=seal_sd_faulty_card $$< $$@
$(BUILD)/$1/mailseal-faulty.elf: $(BUILD)/$1/board/$1/board-faulty.o $$(filter-out %/board.o,$$(PARTS_$1)) \
		$(BUILD)/$1/port/cortexm/halt_semihosting.o $(MAIN:%.c=$(BUILD)/$1/%.o) $$(LIBS_$1) $$(SCRIPTS_$1)
	$$(call link,$1,$$(LDFLAGS_$1))

UNITS_$1 := unit $$(patsubst %,unit-%,$$(filter $(SUITES_UNIT),$$(SUITES_ALONE_$1) $$(if $$(LONG),$$(SUITES_LONG_$1))))
TOGETHER_$1 := $$(filter-out $$(SUITES_ALONE_$1) $$(SUITES_NEVER_$1) $$(SUITES_LONG_$1),$(SUITES_UNIT))
$(BUILD)/$1/unit.elf: SUITES = $$(TOGETHER_$1)
$(BUILD)/$1/unit-%.elf: SUITES = $$*
$(BUILD)/$1/unit.elf: $$(TOGETHER_$1:%=$(BUILD)/$1/tests/unit/test_%.o)
$(patsubst %,$(BUILD)/$1/unit-%.elf,$(SUITES_ALONE_$1) $(SUITES_LONG_$1)): $(BUILD)/$1/unit-%.elf: \
		$(BUILD)/$1/tests/unit/test_%.o
$$(UNITS_$1:%=$(BUILD)/$1/%.elf): $$(patsubst %.c,$(BUILD)/$1/%.o,board/$1/board.c \
		$(DRIVERS_$1) $(UNIT_MACHINE) $(UNIT_HELPERS)) \
		$$(LIBS_$1) $$(SCRIPTS_$1)
	$$(call link,$1,$$(LDFLAGS_$1) $$(LDFLAGS_UNIT))
	$$(call no_heap)

.PHONY: $1
$1: $(BUILD)/$1/mailseal.elf $(BUILD)/$1/mailseal-qemu.elf \
	$(if $(filter %/sd_spi.c,$(DRIVERS_$1)),$(BUILD)/$1/mailseal-faulty.elf)
endef

no_heap = @! $(ARM)nm $@ | grep -E ' ($(NOT_IN_IMAGE))$$' || { echo '$@: these may not be in an image'; rm $@; false; }

$(foreach b,$(BOARDS),$(eval $(call board,$b)))

# The last line of each image is "N passed, N failed"; its exit code is that of QEMU.
.PHONY: test-board
test-board: $(if $(BOARD),$(UNITS_$(BOARD):%=$(BUILD)/$(BOARD)/%.elf)) ## the unit tests on a board in QEMU (BOARD=)
	@tools/build/run_board.sh unit $(or $(BOARD),$(error Which one? make test-board BOARD=$(firstword $(BOARDS)))) \
		'$(QEMU_$(BOARD))' '$(strip $(SUITES_NEVER_$(BOARD)) $(if $(LONG),,$(SUITES_LONG_$(BOARD))))' $^

.PHONY: selftest-board
selftest-board: host $(if $(BOARD),$(BUILD)/$(BOARD)/selftest-qemu.elf $(BUILD)/$(BOARD)/selftest.elf)
selftest-board: ## what a new board should show first, step by step (BOARD=)
	@tools/build/run_board.sh selftest \
		$(or $(BOARD),$(error Which one? make selftest-board BOARD=$(firstword $(BOARDS)))) \
		'$(QEMU_$(BOARD))' '$(MEDIUM_$(BOARD))' $(BUILD)/$(BOARD)/selftest-qemu.elf

.PHONY: run-board
run-board: host $(if $(BOARD),$(BUILD)/$(BOARD)/mailseal-qemu.elf) ## send a message through a board in QEMU (BOARD=)
	@tools/build/run_board.sh run \
		$(or $(BOARD),$(error no board given; use: make run BOARD=$(firstword $(BOARDS)))) \
		'$(QEMU_$(BOARD))' '$(MEDIUM_$(BOARD))' $(BUILD)/$(BOARD)/mailseal-qemu.elf

# The most stack that each board can ever use, and the path that uses it; fails if the stack is smaller.
.PHONY: stack-boards
stack-boards: $(BOARDS:%=$(BUILD)/%/stack.txt) ## show the bound of each board's stack, and the path to it
	@cat $^

.PHONY: bench-boards
bench-boards: $(BOARDS:%=$(BUILD)/%/bench.elf) ## count instructions per signature and octet on each board (UPDATE=1)
	@$(PYTHON) tests/bench/boards.py $(foreach b,$(BOARDS),$b $(BUILD)/$b/bench.elf '$(CPU_$b)' '$(QEMU_$b)')

# $(call defined,BOARD,NAME): the number that its board.mk sets.
defined = $(patsubst -D$2=%,%,$(filter -D$2=%,$(DEFINES_$1)))

# The columns include what is in a second memory, except that of RAM in use.
.PHONY: size-boards
size-boards: $(BOARDS:%=$(BUILD)/%/stack.txt) ## show the memory of each board as a table
	@$(PYTHON) board/size.py head
	@$(foreach b,$(BOARDS),$(PYTHON) board/size.py $(BUILD)/$b $(BUILD)/demo-$b/uart.log $b \
		$(call defined,$b,SEAL_SESSIONS) &&) true
	@echo
	@$(PYTHON) board/size.py head-tls
	@$(foreach b,$(BOARDS),$(PYTHON) board/size.py $(BUILD)/$b $(BUILD)/bench/$b.txt $b \
		$(call defined,$b,SEAL_TLS_CONNECTIONS) tls &&) true

.PHONY: boards units
units: $(foreach b,$(BOARDS),$(UNITS_$b:%=$(BUILD)/$b/%.elf))
	@:
boards: $(BOARDS) ## build the firmware of all boards
