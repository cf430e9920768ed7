#!/bin/sh
# run.sh, with CC, HARDEN and HARDEN_LINK of the Makefile: a small program has all protections, and
# harden.sh names the one that was taken away. A flag that the compiler lacks is not tried.
set -u
cd "$(dirname "$0")/../.." || exit 1
directory=build/harden
mkdir -p $directory
program=$directory/program
bad=0

# 32 functions whose address is taken, one with a large frame, one that is checked.
{
    printf '#include <stdio.h>\n#include <string.h>\n'
    for i in 1 2 3 4 5 6 7 8; do
        for k in a b c d; do
            echo "static int $k$i(const char *text) { return text[0] + $i; }"
        done
    done
    echo 'int (*const all[])(const char *) = {'
    for i in 1 2 3 4 5 6 7 8; do echo "a$i, b$i, c$i, d$i,"; done
    echo '};'
    echo 'int main(int count, char **words) {'
    echo '    char large[20000]; (void)count; strcpy(large, words[0]);'
    echo '    return all[strlen(large) % 32](large) + (int)printf("%s", large); }'
} >$program.c

make_it() { # FLAG...: further flags, after those of the Makefile
    # shellcheck disable=SC2086 # lists of words on purpose
    $CC -O2 $HARDEN $HARDEN_LINK "$@" -o $program $program.c 2>$directory/said || {
        cat $directory/said
        echo "it could not be built with $*"
        exit 1
    }
}

missed() { # FLAG WORDS FLAG...: where the first is used, what takes it away is named by these words
    flag=$1 words=$2
    shift 2
    case " $HARDEN $HARDEN_LINK " in *"$flag"*) ;; *) return ;; esac
    make_it "$@"
    sh scripts/harden.sh $program >$directory/said
    status=$?
    grep -q "$words" $directory/said && [ $status != 0 ] && return
    echo "without $flag nothing was missed"
    bad=1
}

make_it
sh scripts/harden.sh $program || { echo "all flags are given, and something is missed"; bad=1; }
command -v readelf >/dev/null || exit $bad
missed -pie 'PIE' -no-pie -fno-pie
missed relro 'relro' -Wl,-z,norelro
missed now '(now)' -Wl,-z,lazy
missed noexecstack 'noexecstack' -Wl,-z,execstack
missed stack-protector 'stack protector' -fno-stack-protector
missed FORTIFY 'FORTIFY' -U_FORTIFY_SOURCE
missed stack-clash 'stack-clash' -fno-stack-clash-protection
missed cf-protection 'control-flow' -fcf-protection=none
missed branch-protection 'control-flow' -mbranch-protection=none
exit $bad
