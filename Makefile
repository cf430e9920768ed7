# fika: one Makefile, nothing generated, no recursion but where packages come first.
# `make help` lists what there is to make.
PREFIX ?= /usr/local
DESTDIR ?=
VERSION = 0.1.0
FUZZ_SECONDS ?= 60
SOAK_SECONDS ?= 3600
PYTHON ?= /usr/bin/python3

CFLAGS ?= -O2 -g
LIBS = libzmq libsodium sqlite3 ncursesw libutf8proc libqrencode miniupnpc
# pkg-config is asked once, when first needed: `make deps` must work on a machine without it.
# Its -D flags are left out: ncurses' would redefine ours.
DEPS = $(eval DEPS := $$(filter-out -D%,$$(shell pkg-config --cflags $(LIBS))))$(DEPS)
LDLIBS = $(eval LDLIBS := $$(shell pkg-config --libs $(LIBS)) -lnatpmp -pthread $$(INTL))$(LDLIBS)
# gettext is in glibc and musl, elsewhere in a library of its own.
INTL = $(shell printf '\043include <libintl.h>\nint main(void) { return !gettext("x"); }\n' | \
	$(CC) -x c -o /dev/null - 2>/dev/null || echo -lintl)
DEFINES = -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700 -D_XOPEN_SOURCE_EXTENDED -DFIKA_VERSION='"$(VERSION)"'
STD = -std=c11 $(DEFINES)
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
# What makes a mistake hard to use. Each is asked for only where the compiler has it: the highest
# level of _FORTIFY_SOURCE that it takes without a word, and the branch protection of the machine.
# `make harden-check` reads from the binary what came of it.
takes = $(shell printf '\043include <string.h>\nint main(void) { return 0; }\n' | \
	$(CC) -O2 -Werror $(1) -x c -o /dev/null - 2>/dev/null && printf '%s' '$(1)')
HARDEN = $(eval HARDEN := $$(call harden))$(HARDEN)
harden = -fPIE -U_FORTIFY_SOURCE $(or $(call takes,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2) \
	$(foreach flag,-fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-mbranch-protection=standard,$(call takes,$(flag)))
HARDEN_LINK = $(eval HARDEN_LINK := -pie $$(foreach flag,-Wl$$(comma)-z$$(comma)relro$$(comma)-z$$(comma)now \
	-Wl$$(comma)-z$$(comma)noexecstack,$$(call takes,$$(flag))))$(HARDEN_LINK)
comma := ,
ALL_CFLAGS = $(STD) $(WARN) -Isrc $(DEPS) -MMD -MP -pthread
SAN = -fsanitize=address,undefined

SIM := $(sort $(wildcard src/sim/*.c))
SOURCES := $(filter-out $(SIM),$(sort $(wildcard src/*/*.c)))
HEADERS := $(sort $(wildcard src/*/*.h))
LIBRARY := $(filter-out src/app/main.c,$(SOURCES))
PURE := $(filter src/base/% src/core/%,$(SOURCES))
UNIT := $(sort $(wildcard test/unit/test_*.c))
STORY := $(sort $(wildcard test/story/*.c))
FUZZERS := $(sort $(wildcard test/fuzz/fuzz_*.c))
BENCHES := $(sort $(wildcard bench/*.c))
# Without msgfmt there are no translations: fika speaks English then.
PO := $(if $(shell command -v msgfmt 2>/dev/null),$(sort $(wildcard po/*.po)))
WRITTEN := $(SOURCES) $(SIM) $(HEADERS) $(sort $(wildcard test/*/*.[ch])) $(sort $(wildcard bench/*.[ch]))

.PHONY: all locale po run deps deps-test test unit story fuzz-corpus e2e soak fuzz bench tidy tsan valgrind \
	unit-tests plain-tests story-tests fuzzers benches sim harden-check harden-test layers format cppcheck install uninstall clean help
.SECONDARY:
.DELETE_ON_ERROR:

all: build/fika  ## build fika (build/fika) and its translations

# One set of objects a variant: build/obj (release), build/asan (tests), build/tsan, build/fuzz.
build/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HARDEN) $(ALL_CFLAGS) -c -o $@ $<
build/asan/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -O1 -g $(SAN) -fno-sanitize-recover=undefined -fno-omit-frame-pointer $(ALL_CFLAGS) -c -o $@ $<
build/tsan/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -O1 -g -fsanitize=thread -fno-omit-frame-pointer $(ALL_CFLAGS) -c -o $@ $<
build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	clang -O1 -g -fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined $(SAN) $(ALL_CFLAGS) -c -o $@ $<

build/fika: $(SOURCES:%.c=build/obj/%.o) | locale
	$(CC) $(CFLAGS) $(HARDEN) $(HARDEN_LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# The simulator has a main of its own and needs base and core alone.
build/fika-sim: $(SIM:%.c=build/obj/%.o) $(PURE:%.c=build/obj/%.o)
	$(CC) $(CFLAGS) $(HARDEN) -pie $(LDFLAGS) -o $@ $^ $(LDLIBS)
build/asan/fika: $(SOURCES:%.c=build/asan/%.o) | locale
	$(CC) $(SAN) -o $@ $^ $(LDLIBS)
build/tsan/fika: $(SOURCES:%.c=build/tsan/%.o)
	$(CC) -fsanitize=thread -o $@ $^ $(LDLIBS)
# All but main.c, so that a test or fuzzer takes what it names and no more.
build/%/library.a:
	@rm -f $@
	$(AR) rcs $@ $^
build/obj/library.a: $(LIBRARY:%.c=build/obj/%.o)
build/asan/library.a: $(LIBRARY:%.c=build/asan/%.o)
build/fuzz/library.a: $(LIBRARY:%.c=build/fuzz/%.o)
build/asan/test/%: build/asan/test/%.o build/asan/library.a
	$(CC) $(SAN) -o $@ $^ $(LDLIBS) -lcmocka
build/fuzz/test/%: build/fuzz/test/%.o build/fuzz/library.a
	clang -fsanitize=fuzzer $(SAN) -o $@ $^ $(LDLIBS)
build/plain/test/%: build/obj/test/%.o build/obj/library.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -pie -o $@ $^ $(LDLIBS) -lcmocka
build/bench/%: build/obj/bench/%.o build/obj/library.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -pie -o $@ $^ $(LDLIBS) -lm

locale: $(PO:po/%.po=build/locale/%/LC_MESSAGES/fika.mo)
build/locale/%/LC_MESSAGES/fika.mo: po/%.po
	@mkdir -p $(@D)
	msgfmt --check -o $@ $<
# What is marked in the code, and the translations beside it.
po:  ## bring po/ up to date with the texts in the code
	@sh scripts/po.sh

unit-tests: $(UNIT:%.c=build/asan/%)
plain-tests: $(UNIT:%.c=build/plain/%)
story-tests: $(STORY:%.c=build/asan/%)
fuzzers: $(FUZZERS:%.c=build/fuzz/%)
sim: build/fika-sim  ## build the simulator (build/fika-sim)
benches: build/fika $(BENCHES:bench/%.c=build/bench/%)

run: deps  ## install what is missing, build, start fika
	@$(MAKE) -q --no-print-directory build/fika 2>/dev/null || echo 'building fika; this takes a few seconds'
	@$(MAKE) -s --no-print-directory -j2 build/fika
	@exec build/fika
deps:  ## install the packages that fika needs
	@sh scripts/deps.sh
deps-test:  ## install the packages that the tests need as well
	@sh scripts/deps.sh test

# scripts/test.sh builds what it runs, counts, and ends with one line for a person.
test: deps-test  ## run every test (about ten minutes on two cores)
	@sh scripts/test.sh checks unit story sim fuzz e2e
unit story e2e: deps-test  ## only that part of the tests
	@sh scripts/test.sh $@
fuzz-corpus: deps-test
	@sh scripts/test.sh fuzz
soak: deps-test  ## the tests that take long; of them a walk over the screen and a fuzz of the core, SOAK_SECONDS (3600) each
	@SOAK_SECONDS=$(SOAK_SECONDS) sh scripts/test.sh soak
tsan: deps-test build/tsan/fika  ## the two-thread paths under ThreadSanitizer
	@sh scripts/test.sh tsan
valgrind: deps-test  ## the unit tests under valgrind; takes an hour
	@sh scripts/deps.sh valgrind && sh scripts/test.sh valgrind
fuzz: deps-test fuzzers  ## run each fuzzer for FUZZ_SECONDS (60)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) sh scripts/fuzz.sh
# What fika is measured beside may be missing: then it is measured alone.
bench: deps-test benches  ## measure, and print a table
	@sh scripts/deps.sh bench || echo 'Going on without them.'
	@bad=0; for b in $(BENCHES:bench/%.c=build/bench/%); do $$b || bad=1; done; exit $$bad

tidy: deps-test format layers cppcheck  ## formatting, layering, static analysis, man page
	@$(MAKE) -s --no-print-directory -j2 $(SOURCES:%.c=build/analyzed/%) $(SIM:%.c=build/analyzed/%)
	mandoc -Tlint -Wwarning docs/fika.1
# Leaks are found by ASan in the tests; what gcc 12 says of them, where a CHECK may not return, is not so.
build/analyzed/%: %.c $(HEADERS)
	@mkdir -p $(@D)
	gcc -O1 -fanalyzer -Wno-analyzer-malloc-leak -Werror $(STD) $(WARN) -Isrc $(DEPS) -pthread -c -o $@ $<
# Its uninitvar does not see arrays filled through a pointer; gcc's two analyses do.
cppcheck:
	@mkdir -p build/cppcheck
	cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=toomanyconfigs --suppress=uninitvar --suppress=ctuuninitvar \
		--cppcheck-build-dir=build/cppcheck -j2 $(DEFINES) -Isrc $(SOURCES) $(SIM)
format:
	clang-format --dry-run -Werror $(WRITTEN)
harden-check: build/fika  ## read the protections back from the binary
	@sh scripts/harden.sh build/fika
# ... and that each is missed when it is taken away.
harden-test:
	@CC='$(CC)' HARDEN='$(HARDEN)' HARDEN_LINK='$(HARDEN_LINK)' sh test/harden/run.sh
layers: $(PURE:%.c=build/obj/%.o)  ## who may include whom; what the core may call
	@sh scripts/layers.sh $^

install: build/fika  ## install to DESTDIR/PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/doc/fika $(DESTDIR)$(PREFIX)/share/fika/themes
	install -m 755 build/fika $(DESTDIR)$(PREFIX)/bin/fika
	install -m 644 docs/fika.1 $(DESTDIR)$(PREFIX)/share/man/man1/fika.1
	install -m 644 docs/config.example $(DESTDIR)$(PREFIX)/share/doc/fika/config.example
	install -m 644 themes/* $(DESTDIR)$(PREFIX)/share/fika/themes
	@for mo in build/locale/*/LC_MESSAGES/fika.mo; do [ -f "$$mo" ] || continue; \
		to=$(DESTDIR)$(PREFIX)/share/$${mo#build/}; \
		install -d "$${to%/*}" && install -m 644 "$$mo" "$$to" || exit 1; done
uninstall:  ## take it away again
	rm -f $(DESTDIR)$(PREFIX)/bin/fika $(DESTDIR)$(PREFIX)/share/man/man1/fika.1
	rm -f $(DESTDIR)$(PREFIX)/share/locale/*/LC_MESSAGES/fika.mo
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/fika $(DESTDIR)$(PREFIX)/share/fika
clean:  ## remove build/
	rm -rf build
help:  ## this list
	@sed -n 's/^\([a-z][a-z0-9 -]*\):.*  ## /\1|/p' Makefile | awk -F'|' '{printf "make %-16s %s\n", $$1, $$2}'

-include $(wildcard build/*/src/*/*.d build/*/test/*/*.d build/*/bench/*.d)
