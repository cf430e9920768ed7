#!/bin/sh
# harden.sh BINARY: reads from an ELF program how it is protected, with nothing but readelf and
# objdump. One line for each thing that is missing; silent when nothing is. Where there is no ELF, or
# no binutils, there is nothing to read and nothing is said. Which level of _FORTIFY_SOURCE it was, the
# binary does not tell: that its calls are checked, it does.
set -u
export LC_ALL=C
binary=$1
bad=0

command -v readelf >/dev/null && command -v objdump >/dev/null || exit 0
readelf -h "$binary" >/dev/null 2>&1 || exit 0
[ "$(head -c 4 "$binary" | tail -c 3)" = ELF ] || exit 0

missing() { echo "$binary: $1" && bad=1; }
dynamic=$(readelf -dW "$binary")
segments=$(readelf -lW "$binary")
symbols=$(readelf --dyn-syms -W "$binary")
machine=$(readelf -h "$binary" | sed -n 's/^ *Machine: *//p')
# A pattern for the branch targets, and one for the probe of a page on the way down the stack.
case $machine in
*X86-64*)
    landing='endbr64' probe='(or|mov)[a-z]* +\$0x0,(0x[0-9a-f]+)?\(%rsp\)' page='sub +\$0x1000,%rsp' ;;
*AArch64*)
    landing='(paciasp|bti	| bti)' probe='str	xzr, \[sp' page='sub	sp, sp, #0x1(0*),' ;;
*) landing='' probe='' page='' ;;
esac

printf '%s\n' "$dynamic" | grep -q 'FLAGS_1.*PIE' || missing 'it is not position independent (PIE)'
printf '%s\n' "$segments" | grep -q 'GNU_RELRO' || missing 'no segment is made read-only after relocation (relro)'
printf '%s\n' "$dynamic" | grep -Eq '\(BIND_NOW\)|FLAGS.*NOW' || missing 'symbols are bound late (now)'
printf '%s\n' "$segments" | grep 'GNU_STACK' | grep -q 'RW ' || missing 'its stack can be executed (noexecstack)'
printf '%s\n' "$segments" | grep 'LOAD' | grep -q 'RWE' && missing 'a segment can be written and executed'
printf '%s\n' "$symbols" | grep -q '__stack_chk_fail' || missing 'no stack protector'
printf '%s\n' "$symbols" | grep -Eq ' __[a-z]+_chk(@|$)' || missing 'no checked calls (_FORTIFY_SOURCE)'
[ -z "$landing" ] && exit $bad
# main, its start-up code and a call or two have some of their own.
objdump -d --no-show-raw-insn "$binary" | awk -v landing="$landing" -v probe="$probe" -v page="$page" '
    $0 ~ landing {targets++}
    $0 ~ page {down = NR}
    $0 ~ probe && down && NR - down <= 2 {probes++}
    END {exit (targets >= 16 ? 0 : 1) + (probes > 0 ? 0 : 2)}'
found=$?
[ $((found % 2)) = 0 ] || missing 'no control-flow protection'
[ $found -lt 2 ] || missing 'the stack can jump over its guard page (stack-clash-protection)'
exit $bad
