#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh -- breaks each promise of the engine in a copy of it and checks that "make check" names the culprit;
# then plants bugs one by one and checks that tests/sim finds them (plants.py). The host's compiler replaces that for
# the Cortex-M3: what is tested is that the checks notice, not what they measure.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/tally.sh"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$root/Makefile" "$root/engine" "$root/tools" "$copy"
rm -rf "$copy/tools/mailseal"
mkdir -p "$copy"/tests "$copy"/port/{gateway,contract,driver/sd,driver/eth} "$copy/tools/mailseal/checks"
mkdir -p "$copy/build"
ln -s "$root/build/deps" "$copy/build/deps"
cd "$copy" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
suite=promises evidence=(build/output.txt)

check() { # NAME of the check
    make ARM= M3= CFLAGS=-O0 "check-$1" >build/output.txt 2>&1
}

verdict() { # 0|1 NAME
    ok "$2" [ "$1" = 0 ]
}

passes() { # CHECK
    check "$1"
    verdict $? "the unchanged engine passes check-$1"
}

# The C text comes from standard input and becomes a separate file in the engine.
caught() { # NAME CHECK PATTERN FILE
    local seen
    {
        echo '#include <stddef.h>'
        cat
    } >"$4"
    if check "$2"; then
        seen=1
    else
        grep -qE "$3" build/output.txt
        seen=$?
    fi
    verdict "$seen" "$1: check-$2 reports $3"
    rm "$4"
}

for name in layers text purity stack gcc; do
    passes $name
done

caught heap purity 'plant\.o: needs malloc' engine/base/plant.c <<'END'
void *malloc(size_t len);
void *seal_plant(void);
void *seal_plant(void) { return malloc(3); }
END

caught printf purity 'plant\.o: needs printf' engine/smtp/plant.c <<'END'
int printf(const char *format, ...);
void seal_plant(int n);
void seal_plant(int n) { printf("%d", n); }
END

caught floating_point_library purity 'plant\.o: needs sqrt' engine/base/plant.c <<'END'
double sqrt(double x);
double seal_plant(double x);
double seal_plant(double x) { return sqrt(x); }
END

caught static_variable purity 'plant\.o: holds the variable planted' engine/mail/plant.c <<'END'
static unsigned planted;
unsigned seal_plant(void);
unsigned seal_plant(void) { return ++planted; }
END

caught static_variable_in_function purity 'plant\.o: holds the variable planted' engine/mail/plant.c <<'END'
unsigned seal_plant(void);
unsigned seal_plant(void) { static unsigned planted = 7; return planted *= 3; }
END

caught global_variable purity 'plant\.o: holds the variable seal_planted' engine/gateway/plant.c <<'END'
extern int seal_planted;
int seal_planted;
END

caught conditional_code text 'engine/dkim/plant\.c:2:#if' engine/dkim/plant.c <<'END'
#if 1
extern const int seal_planted;
#endif
END

caught conditional_header text 'engine/dkim/plant\.h:.*#ifdef' engine/dkim/plant.h <<'END'
#ifdef SEAL_STATS
extern const int seal_planted;
#endif
END

caught algorithm_outside_the_store text 'port/gateway/plant\.c:2: only port/mbedtls names an algorithm' \
    port/gateway/plant.c <<'END'
struct seal_rsa_key *seal_plant(void);
END

caught algorithm_in_a_command text 'tools/mailseal/checks/plant\.c:2: only port/mbedtls names an algorithm' \
    tools/mailseal/checks/plant.c <<'END'
#include "port/mbedtls/internal.h"
END

caught upward_include layers 'engine/base/plant\.c:2: engine/base may not include engine/smtp/reply\.h' \
    engine/base/plant.c <<'END'
#include "engine/smtp/reply.h"
END

caught dkim_knows_smtp layers 'engine/dkim/plant\.c:2: engine/dkim may not include engine/smtp/reply\.h' \
    engine/dkim/plant.c <<'END'
#include "engine/smtp/reply.h"
END

caught engine_knows_port layers 'engine/gateway may not include port/contract/port\.h' engine/gateway/plant.c <<'END'
#include "port/contract/port.h"
END

caught engine_knows_stdio layers 'engine/base may not include <stdio\.h>' engine/base/plant.h <<'END'
#include <stdio.h>
END

caught engine_knows_a_board layers 'engine/gateway may not include board/x/board\.h' engine/gateway/plant.c <<'END'
#include "board/x/board.h"
END

caught gateway_knows_lwip layers 'port/gateway may not include port/lwip/stack\.h' port/gateway/plant.c <<'END'
#include "port/lwip/stack.h"
END

caught contract_knows_the_gateway layers 'port/contract may not include port/gateway/app\.h' \
    port/contract/plant.h <<'END'
#include "port/gateway/app.h"
END

caught command_includes_go_down layers 'tools/mailseal/checks may not include tools/mailseal/commands/spf\.h' \
    tools/mailseal/checks/plant.c <<'END'
#include "tools/mailseal/commands/spf.h"
END

echo '#include "port/driver/eth/plant.h"' >port/driver/sd/other.h
caught circle layers 'circle of folders: port/driver/[a-z]* > port/driver/[a-z]* > port/driver/' \
    port/driver/eth/plant.h <<'END'
#include "port/driver/sd/other.h"
END
rm port/driver/sd/other.h

caught command_without_its_file layers 'commands/key_plant\.c: does not define tool_key_plant' \
    tools/mailseal/main.c <<'END'
const struct tool_group tool_groups[] = {
	{ "Keys", { &tool_key_plant } }
};
END

mkdir tools/mailseal/commands
caught command_in_another_file layers 'plant\.c: tool_key_plant belongs in .*/key_plant\.c' \
    tools/mailseal/commands/plant.c <<'END'
const struct tool_command tool_key_plant = {
END
rmdir tools/mailseal/commands

caught include_not_from_the_root layers 'engine/mail may not include plant\.h' engine/mail/plant.c <<'END'
#include "plant.h"
END

caught recursion stack 'recursion: seal_plant > seal_plant' engine/base/plant.c <<'END'
unsigned seal_plant(unsigned n);
unsigned seal_plant(unsigned n) { return n < 2 ? n : seal_plant(n - 1) + 3 * seal_plant(n - 2); }
END

caught recursion_through_another stack 'recursion: seal_(plant|other) > seal_(plant|other) > seal_' \
    engine/base/plant.c <<'END'
unsigned seal_plant(unsigned n);
unsigned seal_other(unsigned n);
__attribute__((noinline)) unsigned seal_plant(unsigned n) { return n < 2 ? n : 3 * seal_other(n - 1); }
__attribute__((noinline)) unsigned seal_other(unsigned n) { return 5 * seal_plant(n - 1); }
END

caught unknown_target stack 'engine/base/plant\.c: calls planted through a pointer' engine/base/plant.c <<'END'
struct plant { int (*planted)(int n); };
int seal_plant(const struct plant *p);
int seal_plant(const struct plant *p) { return 1 + p->planted(1); }
END

caught unbounded_frame stack 'seal_plant: the size of its frame is dynamic' engine/base/plant.c <<'END'
void seal_other(void *p);
void seal_plant(size_t n);
void seal_plant(size_t n) { seal_other(__builtin_alloca(n)); }
END

caught word_order words 'engine/base/plant\.c:2: "is there"' engine/base/plant.c <<'END'
/* Taken when the header is
 * there. */
END

# A warning is an error for us, not for users.
cat >engine/base/plant.c <<'END'
int seal_plant(unsigned n);
int seal_plant(unsigned n) { int unused; return (int)(n + 1u); }
END
make engine >build/output.txt 2>&1 && grep -q 'plant\.c:2:.*unused' build/output.txt
verdict $? 'a warning: "make engine" shows it and continues'
check gcc
[ $? != 0 ] && grep -q "plant\.c:2:.*error: unused variable" build/output.txt
verdict $? 'a warning: check-gcc fails'
rm engine/base/plant.c

# --- planted bugs that the simulation finds, and no core files --------------------------------------------------

cd "$root" || exit 1
sum() { # PROGRAM...: its last line counts
    local last
    "$@" | tee "$copy/build/output.txt"
    last=$(tail -n 1 "$copy/build/output.txt")
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    else
        failed=$((failed + 1))
        echo "FAILED $1 did not finish"
    fi
}
sum "${PYTHON:-/usr/bin/python3}" tests/promises/plants.py
sum "${PYTHON:-/usr/bin/python3}" tests/promises/core.py

end
