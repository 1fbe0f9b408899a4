# `make help` lists the targets. Every target may be run again.
PREFIX ?= /usr/local
SWIFT ?= swift

# The folder of the engine's openvino.pc from Scripts/setup. SwiftPM asks pkg-config for its headers.
export PKG_CONFIG_PATH := $(CURDIR)/.build-engine:$(PKG_CONFIG_PATH)

# The Swift runtime is linked into the program, so that it runs without an installed Swift. There is no debug information,
# because writing it takes a fifth of the build time, and `make install` would strip it. Two flags make the bytes of two
# clones in two folders equal: C's messages name files without the folder, and objects contain no hash of their paths.
# `Hardening/run reproducible` checks it.
RELEASE := --configuration release --static-swift-stdlib -debug-info-format none \
	-Xcc "-ffile-prefix-map=$(CURDIR)=." -Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen
COMMAND := .build/release/oddity

# Tests are optimised like the command, because they then take two thirds of the time, and some measure the cost of the
# command. Testable modules and a shared runtime differ from the settings of the installed command, so tests have a separate
# build folder. There is no debug information here either. Use `Scripts/sanitize` for a crash that needs line numbers.
TESTS := --configuration release --scratch-path .build-test -debug-info-format none -Xswiftc -enable-testing

# The test runner itself. `swift test` would start it too, but half a minute later on two slow cores. Running hundreds of
# tests at once, each with an engine's threads, takes half as long again as running four.
RUN_TESTS := NO_COLOR=1 .build-test/release/oddityPackageTests.xctest --testing-library swift-testing \
	--experimental-maximum-parallelization-width 4

.PHONY: help setup build test build-tests test-bindings test-engines test-second-engine fuzz fuzz-smoke lint demo docs benchmark bench soak scaling wheel wheel-test packages install uninstall clean

help:
	@echo 'make test                     set up, check the formatting, build and run all tests'
	@echo 'make test-engines             run all tests on ONNX Runtime instead of OpenVINO'
	@echo 'make test-bindings            build the library and the wheel from the objects of the tests, and test C and Python (as root)'
	@echo 'make fuzz                     fuzz all code that takes untrusted bytes, MINUTES (default 30) for each target'
	@echo 'make fuzz-smoke               fuzz three targets for a minute each, three others for each commit'
	@echo 'make demo                     set up, build, and guard two networks with real images'
	@echo 'make docs                     build the documentation of `import Oddity` with DocC, in .build-docs'
	@echo 'make benchmark                measure networks on the images of ODDITY_DATA (default ../shared/data)'
	@echo 'make bench                    measure speed and memory against peers: docs/performance.md'
	@echo 'make soak                     run a load test of the server: docs/soak.md'
	@echo 'make scaling                  measure and simulate clusters: docs/scaling.md'
	@echo 'make build                    set up and build $(COMMAND)'
	@echo 'make wheel                    build the Python package, in dist'
	@echo 'make wheel-test               install it in a minimal system, and run its tests without network (as root)'
	@echo 'make packages                 make an archive and a Debian package of the command, in dist'
	@echo 'make install PREFIX=DIR       install the command and its engine (default /usr/local; DESTDIR is honoured)'
	@echo 'make uninstall PREFIX=DIR     remove them'
	@echo 'make setup                    only install the dependencies for building and testing'
	@echo 'make lint                     only check the formatting'
	@echo 'make clean                    remove all built, downloaded and prepared files'

setup:
	@Scripts/setup test

build:
	@Scripts/setup build
	$(SWIFT) build $(RELEASE) --product oddity

# Live servers are tested first, and alone, because hundreds of other tests would delay their answers beyond the clients'
# timeouts. All targets are built first, because some tests run the command, on which no test target depends. The last line
# of output is that of the runner.
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

# Runs all tests on the second engine.
test-engines: setup
	Demo/prepare
	@$(MAKE) build-tests
	Scripts/link-static .build-test/release
	ODDITY_ENGINE=onnxruntime $(RUN_TESTS) --filter LiveServerTests
	ODDITY_ENGINE=onnxruntime $(RUN_TESTS) --skip LiveServerTests

# The half of the tests that depend most on the engine. They are also fast.
SECOND_ENGINE := EnginesTests|SoundnessTests|AnswerTests|RawInputTests|ClassifierTests|DetectorTests|GuardedModelTests|$\
	ScoreReferenceTests|RecalibrationTests|MergedFitTests|EngineFlagsTests|MergeCommandTests|ResumedScoringTests|$\
	DeviceFaultTests|PairedProbeTests|VerifyCommandTests
test-second-engine: setup build-tests
	Demo/prepare
	ODDITY_ENGINE=onnxruntime $(RUN_TESTS) --filter '$(SECOND_ENGINE)'

# Makes the same wheel as `make wheel`, but from the tests' objects, so that nothing is compiled twice.
test-bindings: setup
	@Scripts/libarchive & $(MAKE) build-tests && wait $$!
	Scripts/wheel .build-test/release .build-wheel/tested
	Tests/c/run .build-wheel/stage/Python/src/oddity/lib/liboddity.so
	WHEELS=.build-wheel/tested Scripts/wheel-test $$(command -v python3)

# Takes half a day. MINUTES=5 takes two hours.
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

# Skips missing images and networks, and reports them.
benchmark: setup build
	Demo/prepare
	Benchmarks/run

# Takes half an hour on an idle machine.
bench: setup build
	Benchmarks/speed/run

# Takes ten minutes on an idle machine. Uses the results of `make bench`.
soak: setup build
	Benchmarks/serve/run

# Takes twenty minutes on an idle machine. Needs the set-up of the tests.
scaling: build
	Scripts/setup test
	Benchmarks/scaling/run

wheel: build
	$(SWIFT) build $(RELEASE) --target OddityC
	Scripts/wheel

# Tests the result of `make wheel` with the Python of a minimal Debian and with all others that are installed.
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
