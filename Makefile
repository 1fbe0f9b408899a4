# `make help` says what there is. Every target may be run twice.
PREFIX ?= /usr/local
SWIFT ?= swift

# Where Scripts/setup leaves the engine's openvino.pc; SwiftPM asks pkg-config for its headers.
export PKG_CONFIG_PATH := $(CURDIR)/.build-engine:$(PKG_CONFIG_PATH)

# The Swift runtime goes into the program, so that it runs where there is no Swift. No debug information: writing it takes a
# fifth of the time to build, and `make install` would strip it.
# Two flags let two clones in two folders give the same bytes: C's messages name files without the folder, and objects have no
# hash of the paths that they were made with. `Hardening/run reproducible` tries it.
RELEASE := --configuration release --static-swift-stdlib -debug-info-format none \
	-Xcc "-ffile-prefix-map=$(CURDIR)=." -Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen
COMMAND := .build/release/oddity

# Tests are optimised as the command is: they take two thirds of the time, and some count what the command costs. Testable
# modules and a shared runtime are other settings than those of the command to install, so they have a folder of their own.
# No debug information here either: `Scripts/sanitize` has it, for a crash that needs lines.
TESTS := --configuration release --scratch-path .build-test -debug-info-format none -Xswiftc -enable-testing

# The tests' own runner. `swift test` would start it too, half a minute later on two slow cores.
# Hundreds of tests at once, each with an engine's threads, take half as long again as four.
RUN_TESTS := NO_COLOR=1 .build-test/release/oddityPackageTests.xctest --testing-library swift-testing \
	--experimental-maximum-parallelization-width 4

.PHONY: help setup build test build-tests test-bindings test-engines test-second-engine fuzz fuzz-smoke lint demo docs benchmark bench soak scaling wheel wheel-test packages install uninstall clean

help:
	@echo 'make test                     set up, check the formatting, build and run all tests'
	@echo 'make test-engines             run all tests on ONNX Runtime in place of OpenVINO'
	@echo 'make test-bindings            build the library and the wheel as the tests are built, and test C and Python (as root)'
	@echo 'make fuzz                     fuzz what strangers send, 30 minutes a target: MINUTES says otherwise'
	@echo 'make fuzz-smoke               fuzz three targets, another three for each commit, a minute each'
	@echo 'make demo                     set up, build, and guard two networks on real images'
	@echo 'make docs                     document `import Oddity` by DocC, in .build-docs'
	@echo 'make benchmark                measure networks on the images of ODDITY_DATA (default ../shared/data)'
	@echo 'make bench                    measure speed and memory against peers: docs/performance.md'
	@echo 'make soak                     put load on a server: docs/soak.md'
	@echo 'make scaling                  measure and simulate many machines: docs/scaling.md'
	@echo 'make build                    set up and build $(COMMAND)'
	@echo 'make wheel                    build the Python package, in dist'
	@echo 'make wheel-test               install it where nothing else is, and run its tests without network (as root)'
	@echo 'make packages                 make an archive and a Debian package of the command, in dist'
	@echo 'make install PREFIX=DIR       install the command and its engine (default /usr/local; DESTDIR is honoured)'
	@echo 'make uninstall PREFIX=DIR     remove them'
	@echo 'make setup                    only put in place what is needed to build and test'
	@echo 'make lint                     only check the formatting'
	@echo 'make clean                    remove all that was built, downloaded or prepared here'

setup:
	@Scripts/setup test

build:
	@Scripts/setup build
	$(SWIFT) build $(RELEASE) --product oddity

# Live servers first, and alone: beside hundreds of tests that compute, a client's patience would be what is measured.
# All targets first: some tests run the command, on which no test target depends. The last line is that of the runner.
test: setup lint
	Demo/prepare
	@$(MAKE) build-tests
	Scripts/document $(TESTS) >/dev/null
	Scripts/link-static .build-test/release
	ODDITY=$(CURDIR)/.build-test/release/oddity Tests/wild/run
	$(RUN_TESTS) --filter LiveServerTests
	$(RUN_TESTS) --skip LiveServerTests

build-tests:
	$(SWIFT) build $(TESTS) --build-tests

# The whole suite on the second engine.
test-engines: setup
	Demo/prepare
	@$(MAKE) build-tests
	Scripts/link-static .build-test/release
	ODDITY_ENGINE=onnxruntime $(RUN_TESTS) --filter LiveServerTests
	ODDITY_ENGINE=onnxruntime $(RUN_TESTS) --skip LiveServerTests

# The half of the tests that an engine matters to most, which is fast too.
SECOND_ENGINE := EnginesTests|SoundnessTests|AnswerTests|RawInputTests|ClassifierTests|DetectorTests|GuardedModelTests|$\
	ScoreReferenceTests|RecalibrationTests|MergedFitTests|EngineFlagsTests|MergeCommandTests|ResumedScoringTests|$\
	DeviceFaultTests|PairedProbeTests|VerifyCommandTests
test-second-engine: setup build-tests
	Demo/prepare
	ODDITY_ENGINE=onnxruntime $(RUN_TESTS) --filter '$(SECOND_ENGINE)'

# The wheel that `make wheel` makes, but of the tests' objects: nothing is compiled twice.
test-bindings: setup
	@Scripts/libarchive & $(MAKE) build-tests && wait $$!
	Scripts/wheel .build-test/release .build-wheel/tested
	Tests/c/run .build-wheel/stage/Python/src/oddity/lib/liboddity.so
	WHEELS=.build-wheel/tested Scripts/wheel-test $$(command -v python3)

# Half a day. MINUTES=5 takes two hours.
MINUTES ?= 30
fuzz: setup build
	Fuzzing/run --minutes $(MINUTES)

fuzz-smoke: setup
	Fuzzing/run --smoke

lint:
	$(SWIFT) format lint --strict --configuration .swift-format --recursive --parallel Package.swift Sources Tests Benchmarks Fuzzing/Package.swift Fuzzing/Targets

demo: setup build
	Demo/prepare
	Demo/run

docs:
	@Scripts/setup build
	Scripts/document

# Leaves out what is not there and says so.
benchmark: setup build
	Demo/prepare
	Benchmarks/run

# Half an hour where nothing else runs.
bench: setup build
	Benchmarks/speed/run

# Ten minutes where nothing else runs. Uses what `make bench` has made.
soak: setup build
	Benchmarks/serve/run

# Twenty minutes where nothing else runs; needs what the tests need.
scaling: build
	Scripts/setup test
	Benchmarks/scaling/run

wheel: build
	$(SWIFT) build $(RELEASE) --target OddityC
	Scripts/wheel

# Tests what `make wheel` has made, by a bare Debian's Python and by all others that are here.
wheel-test:
	@test -n "$$(ls dist/*.whl 2>/dev/null)" || $(MAKE) wheel
	Scripts/wheel-test

packages: build
	Scripts/packages

install:
	@test -x $(COMMAND) || $(MAKE) build
	@Scripts/install "$(DESTDIR)$(PREFIX)"

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/oddity"
	rm -rf "$(DESTDIR)$(PREFIX)/lib/oddity" "$(DESTDIR)$(PREFIX)/share/doc/oddity"
	rm -f "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/oddity" "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_oddity" \
		"$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/oddity.fish" "$(DESTDIR)$(PREFIX)"/share/man/man1/oddity.1 \
		"$(DESTDIR)$(PREFIX)"/share/man/man1/oddity-*.1

clean:
	rm -rf .build .build-* .demo .benchmarks dist
