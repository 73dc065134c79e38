# Qian: one Makefile, no recursion but for the two commands that first install what is missing.
#   make            build/release/qian          make test       all tests, with ASan and UBSan
#   make demo       the whole job, four levels  make check      layers, catalogue, spec quotations
#   make fuzz TIME=60   make analyze   make bench   make install DESTDIR= PREFIX=/usr   V=1 shows the commands
MODE   ?= release
PREFIX ?= /usr/local
B      := build/$(MODE)
PKGS   := sqlite3 libsodium jansson libcurl libmicrohttpd gnutls libzstd libqrencode
# One line a file, unless V=1.
Q      := $(if $(V),,@)
say     = $(if $(V),,@echo "  $(1) $(patsubst $(B)/%,%,$(2))")
# A sub-make takes part in the jobs of a make -jN above it; alone it uses two.
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j2)

# Every flag is probed: gcc 12 and clang 14 do not know the same ones.
probe = $(shell echo 'int main(void){return 0;}' | $(CC) -O2 -Werror $(1) -x c - -o /dev/null 2>/dev/null && echo '$(1)')
WARN  := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes \
         -Wformat=2 -Wno-format-zero-length -Wno-format-nonliteral -Wvla -Wundef -Wcast-qual -Wwrite-strings
HARD_TRY := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -D_FORTIFY_SOURCE=2 \
         -ftrivial-auto-var-init=zero -fPIE
LINK_TRY := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
SAN    := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ifeq ($(MODE),check)
  OPT  := -O1 -g $(SAN) -Werror
  LINK := $(SAN)
else ifeq ($(MODE),fuzz)
  # libFuzzer is clang's, whatever CC the caller has chosen.
  override CC := clang-14
  OPT  := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer
  LINK := -fsanitize=address,undefined
else
  OPT   = -O2 -g $(HARD)
  LINK  = $(HARDLINK)
  HARD     := $(foreach f,$(HARD_TRY),$(call probe,$(f)))
  HARDLINK := $(foreach f,$(LINK_TRY),$(call probe,$(f)))
endif
CPPFLAGS += -std=c11 -D_GNU_SOURCE -DSQLITE_ENABLE_SESSION -DSQLITE_ENABLE_PREUPDATE_HOOK -I. -Iinclude -I$(B)/gen
CFLAGS   += $(OPT) $(WARN) $(PKG_CFLAGS)
LDLIBS   += $(PKG_LIBS) -lcsv -lminizip -lexpat -lxlsxwriter -lm -lpthread
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)

LIB_SRC  := $(sort $(wildcard protocol/*.c))
NODE_SRC := $(sort $(filter-out node/main.c,$(wildcard node/*/*.c)))
# The pages of the office, each also as a browser takes it packed.
WEB_APP  := $(sort $(shell find node/web/app -name "*.js" -o -name "*.css" -o -name "*.html" -o -name "*.svg" -o -name "*.txt" -o -name "*.csv"))
WEB_GZ   := $(patsubst %,$(B)/gen/%.gz,$(filter-out %.html,$(WEB_APP)))
PACKED    = $(foreach f,$(WEB_GZ),$(patsubst $(B)/gen/%,%,$(f))=$(f))
EMBED    := $(sort $(wildcard protocol/registry-*.txt)) $(sort $(wildcard node/text/*.txt)) $(sort $(wildcard node/store/schema-*.sql)) \
            $(sort $(foreach d,node/publish node/web node/form,$(wildcard $(d)/*.css $(d)/*.js $(d)/*.html))) $(sort $(wildcard node/form/forms/*.txt)) $(WEB_APP)
# Scripts of pages, each one file put together from the modules of the second implementation: of the public site, and of
# the second custodian.
PAGE_JS  := $(sort $(wildcard protocol/js/*.js) $(wildcard node/publish/page/*.js))
CHECK_JS := $(B)/gen/check.js
CUSTODIAN_JS := $(B)/gen/custodian.js
FIND_JS  := $(B)/gen/find.js
GEN_SRC  := $(B)/gen/embedded.c
REGISTRY := $(sort $(wildcard protocol/registry-*.txt))
obj       = $(patsubst %.c,$(B)/%.o,$(1))
UNIT     := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
TOOLS    := $(patsubst tests/tools/%.c,$(B)/tests/tools/%,$(sort $(wildcard tests/tools/*.c)))
FUZZ     := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
# The next version, for tests of upgrades: the same objects with one registry and one schema step more (tests/next).
NEXT     := $(B)/next
NEXT_REG := $(NEXT)/registry-next.txt
NEXT_SQL := node/store/schema-$(shell expr 1 + $(words $(wildcard node/store/schema-*.sql))).sql
SIM_SRC  := $(sort $(wildcard tests/sim/*.c))
BENCH    := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(sort $(wildcard tests/bench/*.c)))

.PHONY: FORCE all lib unit tools next sim demo test check release-registry fuzz replay analyze bench install clean format
FORCE:
.SECONDARY:
all: $(B)/qian $(B)/libqian.a
lib: $(B)/libqian.a
unit: $(UNIT)
tools: $(TOOLS)
next: $(NEXT)/qian $(NEXT)/tests/tools/nextact
sim: $(B)/tests/sim/sim

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(CUSTODIAN_JS): $(PAGE_JS) scripts/embed-script
	@mkdir -p $(@D)
	$(call say,EMBED,$@)
	$(Q)scripts/embed-script node/publish/page/custodian.js | sed '/^\/\//d' > $@.tmp && mv $@.tmp $@
$(FIND_JS): $(PAGE_JS) $(filter node/text/%,$(EMBED)) scripts/embed-script
	@mkdir -p $(@D)
	$(call say,EMBED,$@)
	$(Q)scripts/embed-script node/publish/page/find.js > $@.tmp && mv $@.tmp $@
$(CHECK_JS): $(PAGE_JS) $(filter node/text/%,$(EMBED)) $(REGISTRY) scripts/embed-script
	@mkdir -p $(@D)
	$(call say,EMBED,$@)
	$(Q)scripts/embed-script node/publish/page/main.js $(REGISTRY) > $@.tmp && mv $@.tmp $@
# Which files there are: one that comes or goes is built in, however old it is.
$(B)/gen/embedded.list: FORCE
	@mkdir -p $(@D)
	@echo "$(EMBED)" | cmp -s - $@ || echo "$(EMBED)" >$@
$(B)/gen/%.gz: %
	@mkdir -p $(@D)
	$(Q)gzip -9n <$< >$@.tmp && mv $@.tmp $@
$(GEN_SRC): $(EMBED) $(B)/gen/embedded.list $(WEB_GZ) $(CHECK_JS) $(CUSTODIAN_JS) $(FIND_JS) scripts/embed
	@mkdir -p $(@D)
	$(call say,EMBED,$@)
	$(Q)scripts/embed $(EMBED) node/publish/check.js=$(CHECK_JS) node/publish/custodian.js=$(CUSTODIAN_JS) node/publish/find.js=$(FIND_JS) $(PACKED) > $@.tmp && mv $@.tmp $@
$(B)/gen/registries.c: $(REGISTRY) scripts/embed-registry
	@mkdir -p $(@D)
	$(call say,EMBED,$@)
	$(Q)scripts/embed-registry $(REGISTRY) > $@.tmp && mv $@.tmp $@
$(B)/gen/%.o: $(B)/gen/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(OPT) -MMD -MP -c $< -o $@
# The registries are part of the library: an auditor links one file.
$(B)/libqian.a: $(call obj,$(LIB_SRC)) $(B)/gen/registries.o
	@rm -f $@
	$(call say,AR,$@)
	$(Q)ar rcs $@ $^
$(B)/libnode.a: $(call obj,$(NODE_SRC)) $(B)/gen/embedded.o
	@rm -f $@
	$(call say,AR,$@)
	$(Q)ar rcs $@ $^
$(B)/qian: $(B)/node/main.o $(B)/libnode.a $(B)/libqian.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) -o $@ $^ $(LDLIBS)
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/libnode.a $(B)/libqian.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) -o $@ $^ $(LDLIBS) -lcmocka -lm
$(B)/tests/tools/%: $(B)/tests/tools/%.o $(B)/libnode.a $(B)/libqian.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) -o $@ $^ $(LDLIBS)
$(B)/tests/bench/%: $(B)/tests/bench/%.o $(B)/libnode.a $(B)/libqian.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) -o $@ $^ $(LDLIBS)
$(NEXT_REG): $(REGISTRY) tests/next/registry
	@mkdir -p $(@D)
	$(Q)tests/next/registry $(lastword $(REGISTRY)) > $@.tmp && mv $@.tmp $@
$(NEXT)/gen/registries.c: $(REGISTRY) $(NEXT_REG) scripts/embed-registry
	@mkdir -p $(@D)
	$(call say,EMBED,$@)
	$(Q)scripts/embed-registry $(REGISTRY) $(NEXT_REG) > $@.tmp && mv $@.tmp $@
$(NEXT)/gen/check.js: $(PAGE_JS) $(filter node/text/%,$(EMBED)) $(NEXT_REG) scripts/embed-script
	@mkdir -p $(@D)
	$(Q)scripts/embed-script node/publish/page/main.js $(REGISTRY) $(NEXT_REG) > $@.tmp && mv $@.tmp $@
$(NEXT)/gen/embedded.c: $(EMBED) $(B)/gen/embedded.list $(WEB_GZ) $(NEXT)/gen/check.js $(CUSTODIAN_JS) $(FIND_JS) $(NEXT_REG) tests/next/schema.sql scripts/embed
	@mkdir -p $(@D)
	$(call say,EMBED,$@)
	$(Q)scripts/embed $(EMBED) node/publish/check.js=$(NEXT)/gen/check.js node/publish/custodian.js=$(CUSTODIAN_JS) node/publish/find.js=$(FIND_JS) $(PACKED) $(NEXT_SQL)=tests/next/schema.sql > $@.tmp && mv $@.tmp $@
$(NEXT)/gen/%.o: $(NEXT)/gen/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(OPT) -MMD -MP -c $< -o $@
# Its own objects come first: what they define is not taken from the libraries.
NEXT_OBJ := $(NEXT)/gen/embedded.o $(NEXT)/gen/registries.o
$(NEXT)/qian: $(B)/node/main.o $(NEXT_OBJ) $(B)/libnode.a $(B)/libqian.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) -o $@ $^ $(LDLIBS)
$(NEXT)/tests/tools/%: $(B)/tests/tools/%.o $(NEXT_OBJ) $(B)/libnode.a $(B)/libqian.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) -o $@ $^ $(LDLIBS)
$(addprefix $(B)/tests/unit/test_,upgrade versions renew): $(B)/tests/unit/%: $(B)/tests/unit/%.o $(NEXT_OBJ) $(B)/libnode.a $(B)/libqian.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) -o $@ $^ $(LDLIBS) -lcmocka
# The simulator stands between some functions and their callers: planted mistakes, and short answers (tests/sim/bugs.c).
comma    := ,
WRAPPED  := $(addprefix -Wl$(comma)--wrap=,log_part_get exchange_stream_expect ingest_pause ingest_cursor apply_log \
            tree_part_is_for tx_commit store_insert store_has_previous qn_receipt_told exchange_collect anchor_open own_settle \
            rival_fork_fits own_forked act_put own_heard own_behind part_rows fate_upgraded \
            crypto_core_ed25519_is_valid_point crypto_scalarmult crypto_sign_verify_detached)
# Linked with the next version: in some seeds offices of both are in one tree (tests/sim/version.c).
$(B)/tests/sim/sim: $(call obj,$(SIM_SRC)) $(NEXT_OBJ) $(B)/libnode.a $(B)/libqian.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) $(WRAPPED) -o $@ $^ $(LDLIBS)
# In fuzz mode libFuzzer drives the target; in any other mode replay.c runs the corpus through it.
ifeq ($(MODE),fuzz)
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/libnode.a $(B)/libqian.a
	$(call say,LINK,$@)
	$(Q)$(CC) -fsanitize=address,undefined,fuzzer -o $@ $^ $(LDLIBS)
else
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(B)/libnode.a $(B)/libqian.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LINK) -o $@ $^ $(LDLIBS)
endif

demo:
	scripts/deps build
	+$(SUBMAKE) MODE=release all tools
	scripts/demo build/release
# A browser is large: a machine that tests for others (CI is set) gets one, elsewhere the suite t/browser runs where one is.
test:
	scripts/deps build test $(if $(CI),browser)
	+$(SUBMAKE) MODE=check all unit tools next sim replay
	+$(SUBMAKE) MODE=release sim
	tests/run build/check
check:
	@command -v python3 >/dev/null || scripts/deps test
	scripts/check-layers
	scripts/check-messages
	scripts/check-duties
	scripts/check-sums
	scripts/check-spec
	scripts/check-vectors
	scripts/check-released
# The draft of the registry becomes a released version, which nobody changes any more: once, by who makes the release.
release-registry:
	scripts/deps build test
	+$(SUBMAKE) MODE=check all tools next
	scripts/release-registry build/check
replay: $(FUZZ)
fuzz:
	scripts/deps build fuzz
	+$(SUBMAKE) MODE=fuzz replay
	tests/fuzz/run build/fuzz $(or $(TIME),60)
analyze:
	scripts/deps build analyze
	ANALYZE_FLAGS="$(CPPFLAGS) $(PKG_CFLAGS)" scripts/analyze
bench:
	scripts/deps build
	+$(SUBMAKE) MODE=release bench-run
.PHONY: bench-run
bench-run: $(BENCH)
	scripts/bench $(BENCH)
install: all
	install -D -m 755 $(B)/qian $(DESTDIR)$(PREFIX)/bin/qian
	install -D -m 644 $(B)/libqian.a $(DESTDIR)$(PREFIX)/lib/libqian.a
	install -d $(DESTDIR)$(PREFIX)/include/qian $(DESTDIR)$(PREFIX)/share/doc/qian/spec
	install -m 644 include/qian/*.h $(DESTDIR)$(PREFIX)/include/qian/
	install -m 644 LICENSE CHANGELOG.md $(DESTDIR)$(PREFIX)/share/doc/qian/
	install -m 644 protocol/spec/*.md $(DESTDIR)$(PREFIX)/share/doc/qian/spec/
	install -d $(DESTDIR)$(PREFIX)/share/doc/qian/examples
	install -m 644 examples/*.csv $(addprefix tests/data/,tags.csv result-codes.csv disposal-codes.csv) \
	    $(DESTDIR)$(PREFIX)/share/doc/qian/examples/
format:
	clang-format -i $$(git ls-files '*.c' '*.h')
clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
