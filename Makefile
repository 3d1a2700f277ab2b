# The commands of the house; each says what it does while it does it. Start with `make run`.
#   ADDR=127.0.0.1:8600 DATA=.run/data PROFILE=dev|release   for `run`
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run test check format format-check lint tidy licences advisories generate generated unit console browser interop fuzz bench shots clean
export ADDR DATA PROFILE ARGS

help: ## show these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: ## build everything and start on http://127.0.0.1:8600
	@scripts/run.sh

test: ## everything the gate checks (most of an hour from a clean clone on two cores)
	@scripts/test.sh

check: ## the quick part of the tests: format, habits, lints
	@scripts/test.sh format tidy lint

setup: ## install what the tests need
	@scripts/setup.sh test

format: ## format the Rust code
	@cargo fmt --all

format-check: ## say whether the Rust code is formatted
	@scripts/test.sh format

lint: ## clippy, warnings are errors
	@scripts/test.sh lint

tidy: ## check the habits of the house (see docs/architecture.md)
	@scripts/test.sh tidy

licences: ## licences, banned crates and sources of all dependencies
	@scripts/test.sh licences

advisories: ## known weaknesses of dependencies; fetches a data base, so not part of the gate
	@PATH="$(CURDIR)/target/tools/bin:$$PATH" cargo deny check advisories

generate: ## write again what is generated: docs/openapi.json and the console's types
	@cargo run --locked --quiet -p xtask -- generate

generated: ## say whether the generated files are fresh
	@scripts/test.sh generated

unit: ## the Rust tests and the examples in the documentation
	@scripts/test.sh rust examples

console: ## build the console and run its unit tests
	@scripts/setup.sh run
	@scripts/test.sh console_build console

browser: ## the console in a real browser
	@scripts/test.sh setup console_build build browser

interop: ## what we make, checked by strangers' programs, and the other way round
	@scripts/setup.sh interop
	@scripts/test.sh interop

fuzz: ## generated requests against the OpenAPI document
	@scripts/test.sh setup console_build build fuzz

bench: ## the figures of benches/, as a table
	@scripts/bench.sh

shots: ## take the screenshots of docs/screenshots again
	@scripts/shots.sh

clean: ## remove what was built; the data in .run stays
	@rm -rf target web/dist web/node_modules web/typegen/node_modules web/test-results web/playwright-report
