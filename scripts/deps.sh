#!/bin/sh
# deps.sh [test|bench|valgrind]: sees to it that what fika needs (to be built and run; with `test`, also to be
# tested; with `bench`, what it is measured beside) is on this machine. Silent when all of it is. Where something is missing it says what it
# will do, then does it with apt-get; on other systems, or without the rights, it prints the line
# to run and exits 1. It asks the machine for each thing itself (a command, a library, a Python
# module), not for packages, so what was installed by hand counts.
set -u
PATH=$PATH:/usr/sbin:/sbin

# what is asked for     Debian, Ubuntu      Fedora               Arch                Homebrew
run_needs='
command:cc              build-essential     gcc                  base-devel          -
command:make            make                make                 make                make
command:pkg-config      pkg-config          pkgconf              pkgconf             pkgconf
command:msgfmt          gettext             gettext              gettext             gettext
library:libzmq          libzmq3-dev         zeromq-devel         zeromq              zeromq
library:libsodium       libsodium-dev       libsodium-devel      libsodium           libsodium
library:sqlite3         libsqlite3-dev      sqlite-devel         sqlite              sqlite
library:ncursesw        libncurses-dev      ncurses-devel        ncurses             ncurses
library:libutf8proc     libutf8proc-dev     utf8proc-devel       libutf8proc         utf8proc
library:libqrencode     libqrencode-dev     qrencode-devel       qrencode            qrencode
library:miniupnpc       libminiupnpc-dev    miniupnpc-devel      miniupnpc           miniupnpc
header:natpmp.h         libnatpmp-dev       libnatpmp-devel      libnatpmp           libnatpmp'
test_needs='
library:cmocka          libcmocka-dev       libcmocka-devel      cmocka              cmocka
command:clang           clang               clang                clang               llvm
fuzzer:clang            libclang-rt-dev     compiler-rt          compiler-rt         llvm
command:clang-format    clang-format        clang-tools-extra    clang               clang-format
command:cppcheck        cppcheck            cppcheck             cppcheck            cppcheck
command:mandoc          mandoc              mandoc               mandoc              mandoc
command:tmux            tmux                tmux                 tmux                tmux
command:screen          screen              screen               screen              screen
command:ssh             openssh-client      openssh-clients      openssh             openssh
command:sshd            openssh-server      openssh-server       openssh             openssh
command:microsocks      microsocks          -                    -                   -
command:dropbear        dropbear-bin        dropbear             dropbear            dropbear
command:miniupnpd       miniupnpd           miniupnpd            miniupnpd           -
command:ip              iproute2            iproute              iproute2            -
command:zbarimg         zbar-tools          zbar                 zbar                zbar
command:bridge          iproute2            iproute              iproute2            -
command:nft             nftables            nftables             nftables            -
command:tcpdump         tcpdump             tcpdump              tcpdump             -
command:ping            iputils-ping        iputils              iputils             -
command:sysctl          procps              procps-ng            procps-ng           -
command:python3         python3             python3              python              python3
python:pytest           python3-pytest      python3-pytest       python-pytest       pytest
python:xdist            python3-pytest-xdist python3-pytest-xdist python-pytest-xdist -
python:pexpect          python3-pexpect     python3-pexpect      python-pexpect      -
python:pyte             python3-pyte        python3-pyte         python-pyte         -
python:zmq              python3-zmq         python3-zmq          python-pyzmq        -
python:nacl             python3-nacl        python3-pynacl       python-pynacl       -'
bench_needs='
command:irssi           irssi               irssi                irssi               irssi
command:ngircd          ngircd              ngircd               ngircd              ngircd'
valgrind_needs='
command:valgrind        valgrind            valgrind             valgrind            -'

python=/usr/bin/python3
[ -x "$python" ] || python=python3

have() {
    case $1 in
    command:*) command -v "${1#*:}" >/dev/null ;;
    header:*) printf '#include <%s>\n' "${1#*:}" | cc -E -x c - ;;
    library:*) pkg-config --exists "${1#*:}" 2>/dev/null ;;
    fuzzer:*) ls "$(clang -print-resource-dir 2>/dev/null)"/lib/*/libclang_rt.fuzzer[-_]* ;;
    python:*) "$python" -c "import importlib.util as u, sys; sys.exit(not u.find_spec('${1#*:}'))" ;;
    esac >/dev/null 2>&1
}

# Prints column $1 (1: Debian ... 4: Homebrew) of every row that this machine lacks.
missing() {
    printf '%s\n' "$needs" | while read -r what debian fedora arch brew; do
        [ -z "$what" ] && continue
        have "$what" && continue
        case $1 in 1) name=$debian ;; 2) name=$fedora ;; 3) name=$arch ;; 4) name=$brew ;; esac
        [ "$name" = - ] || printf '%s ' "$name"
    done
}

# Says the line that a person with the rights has to run.
by_hand() {
    printf '%s\n' "fika needs packages that are not installed. Please run, then try again:" \
        "    $1" >&2
    exit 1
}

needs=$run_needs
[ "${1-}" = test ] && needs="$run_needs
$test_needs"
[ "${1-}" = bench ] && needs=$bench_needs
[ "${1-}" = valgrind ] && needs=$valgrind_needs

if ! command -v apt-get >/dev/null; then
    if command -v dnf >/dev/null; then
        list=$(missing 2) && [ -n "$list" ] && by_hand "sudo dnf install $list"
    elif command -v pacman >/dev/null; then
        list=$(missing 3) && [ -n "$list" ] && by_hand "sudo pacman -S --needed $list"
    elif command -v brew >/dev/null; then
        list=$(missing 4) && [ -n "$list" ] && by_hand "brew install $list"
    else
        list=$(missing 1)
        [ -n "$list" ] && by_hand "(your package tool's install command) $list"
    fi
    exit 0
fi

list=$(missing 1)
[ -z "$list" ] && exit 0
root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || by_hand "su -c 'apt-get install $list'"
    root=sudo
    [ -t 0 ] || root='sudo -n'
fi
echo "fika needs packages that are not installed. Installing them with${root:+ $root} apt-get:"
echo "    $list"
export DEBIAN_FRONTEND=noninteractive
# A stale list of packages is the common reason for a failed install; no network is not fatal yet.
$root apt-get update -qq || echo "The list of packages could not be brought up to date; going on." >&2
[ -t 1 ] || exec >/dev/null # the long story is for a person who waits; errors come anyway
# shellcheck disable=SC2086 # a list of words on purpose
$root apt-get install -y -qq --no-install-recommends $list </dev/null ||
    by_hand "sudo apt-get update && sudo apt-get install $list"
added=$list
list=$(missing 1)
[ -z "$list" ] || by_hand "sudo apt-get install $list"
# A server that came for its program alone does not stay up.
for server in ngircd:ngircd openssh-server:ssh; do
    case " $added " in
    *" ${server%:*} "*) command -v systemctl >/dev/null &&
        $root systemctl disable -q --now "${server#*:}" 2>/dev/null ;;
    esac
done
exit 0
