# ncm: everything a person does with this project. `make` lists the targets.

PREFIX ?= /usr/local
CARGO ?= cargo

# Cargo unifies features within one call, so everything with its own set of features has its own call,
# and the library with the C ABI and the OSDI libraries folders of their own.
CAPI_TARGET = target/capi
OSDI_TARGET = target/osdi

.PHONY: help qa demo test test-slow bench bench-mpnp mpnp-study gallery build install uninstall header symbols lint clean packages-demo packages-test

help:
	@echo 'make demo       hold-up converter with and without charge-dependent pores: table and plot'
	@echo 'make test       all checks but the slow ones'
	@echo 'make test-slow  the slow ones'
	@echo 'make qa         every door in every simulator release against expected values: the table'
	@echo 'make bench      speed, side by side with what else there is'
	@echo 'make bench-mpnp the mPNP solver: time and memory over sheets, and beside devsim (minutes)'
	@echo 'make mpnp-study docs/mpnp-study.md anew, from 47 runs of the mPNP solver (minutes)'
	@echo 'make gallery    docs/gallery.md and its pictures anew: the figures of the paper (minutes)'
	@echo 'make membranes  cards of the membranes and the table in docs/pipeline.md anew, by ncm pipeline (minutes)'
	@echo 'make build      what users take away, in dist/'
	@echo 'make install    into PREFIX (default $(PREFIX)); DESTDIR for packagers'
	@echo 'make uninstall  takes it away again'
	@echo 'make header     include/ncm.h anew from src/capi'
	@echo 'make symbols    models/kicad/ncm.kicad_sym anew from the cards'
	@echo 'make identify-measurements  fits of public measurements in NCM_DATA: cards, pictures, reports'
	@echo 'make lint       formatting and clippy'
	@echo 'make clean'

demo: packages-demo dist/ncm.cm
	$(CARGO) run --release --quiet --example demo -- out/demo

build: dist/ncm.cm osdi
	$(CARGO) build --release --bin ncm
	$(CARGO) build --release --lib --no-default-features --features capi --target-dir $(CAPI_TARGET)
	install -m 755 target/release/ncm dist/ncm
	install -m 755 $(CAPI_TARGET)/release/libncm.so dist/libncm.so
	@# The name that programs linked against it look for at run time.
	ln -sfn libncm.so dist/libncm.so.1
	install -m 644 $(CAPI_TARGET)/release/libncm.a dist/libncm.a
	install -m 644 include/ncm.h include/ncm.hpp dist/

# Always asked for: only cargo knows whether it is current.
.PHONY: dist/ncm.cm
dist/ncm.cm:
	$(CARGO) build --release --package ncm-xspice
	@mkdir -p dist
	install -m 755 target/release/libncm_xspice.so dist/ncm.cm.new && mv -f dist/ncm.cm.new dist/ncm.cm

# One file for each version of the interface: ngspice 42 and 43 take 0.3 only, VACASK 0.4 and later.
.PHONY: osdi
osdi: dist/ncm-0.3.osdi dist/ncm-0.4.osdi

# Always asked for, like ncm.cm; make passes over pattern rules of targets that are .PHONY themselves.
.PHONY: always
always:
dist/ncm-0.3.osdi: osdi_features =
dist/ncm-0.4.osdi: osdi_features = --features v04
dist/ncm-%.osdi: always
	$(CARGO) build --release --package ncm-osdi $(osdi_features) --target-dir $(OSDI_TARGET)-$*
	@mkdir -p dist
	install -m 755 $(OSDI_TARGET)-$*/release/libncm_osdi.so $@.new && mv -f $@.new $@

test: packages-test lint ngspice-versions python-tools
	scripts/cargo-test.sh

test-slow: packages-test ngspice-versions other-engines kicad
	scripts/cargo-test.sh --slow

# Exit code 1: some release could not be had; the tests pass it over and say so.
.PHONY: ngspice-versions
ngspice-versions:
	scripts/ngspice-versions.sh || [ $$? -eq 1 ]

# Fits of public measurements in the folder NCM_DATA; passed over without it.
.PHONY: identify-measurements
identify-measurements: build
	scripts/identify-measurements.sh

# All doors, releases, cases and variants.
qa: packages-test ngspice-versions python-tools other-engines build
	NCM_CODE_MODEL=$(CURDIR)/dist/ncm.cm NCM_OSDI=$(CURDIR)/dist $(CARGO) test --workspace --features capi \
		--test qa -- --nocapture --include-ignored in_every_variant
	(printf '# QA table\n\nWritten by `make qa`; what it means is in [qa.md](qa.md).\n\n'; cat target/qa.md) > docs/qa-table.md

.PHONY: other-engines
other-engines:
	scripts/other-engines.sh || [ $$? -eq 1 ]

# As with the releases of ngspice.
.PHONY: kicad
kicad:
	scripts/kicad.sh || [ $$? -eq 1 ]

.PHONY: python-tools
python-tools:
	scripts/python-tools.sh || [ $$? -le 2 ]

bench: packages-demo dist/ncm.cm
	$(CARGO) bench

bench-mpnp:
	$(CARGO) run --release --quiet --example mpnp_study -- --cost
	scripts/mpnp-peer.sh

# Goes on where it was interrupted; what has been run is kept in out/membranes.
membranes: packages-demo dist/ncm.cm
	$(CARGO) build --release --bin ncm
	NCM_CODE_MODEL=$(CURDIR)/dist/ncm.cm scripts/membranes.sh target/release/ncm

# Goes on where it was interrupted; what has been run is kept in out/mpnp-study.
mpnp-study:
	$(CARGO) run --release --quiet --example mpnp_study -- --jobs $$(nproc) --page docs/mpnp-study.md

# Goes on where it was interrupted; what has been run is kept in out/paper.
gallery:
	$(CARGO) run --release --quiet --bin ncm -- paper -o out/paper --resume
	@mkdir -p docs/img/paper
	cp out/paper/gallery.md docs/gallery.md
	cp out/paper/img/paper/*.svg docs/img/paper/

install: build
	scripts/install.sh $(PREFIX)
	scripts/install-tool.sh $(PREFIX)

uninstall:
	scripts/install-tool.sh --remove $(PREFIX)

header:
	$(CARGO) run --package ncm-header

# The symbols of the shipped cards, anew.
symbols:
	$(CARGO) run --quiet --bin ncm -- symbol $(wildcard models/*.toml models/commercial/*.toml) -o models/kicad/ncm.kicad_sym

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) clippy --no-default-features --features capi -- -D warnings
	$(CARGO) clippy --package ncm-xspice -- -D warnings
	$(CARGO) clippy --package ncm-osdi --features v04 --all-targets -- -D warnings

packages-demo:
	@scripts/debian-packages.sh demo

packages-test:
	@scripts/debian-packages.sh test

clean:
	$(CARGO) clean
	rm -rf dist out
