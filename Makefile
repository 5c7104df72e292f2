# The commands of the project; see README.md. Each sets up what is missing first; a second run sets nothing up again.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
JOBS ?= $(shell nproc)
SANITIZE ?=
DURATION ?=
PROGRAMS := disruptor discord-standin media-standin otlp-receiver guildscope playground

.PHONY: help run test bench check clean

help:
	@echo 'make run [DURATION=30s]   the bot, seen: with DISCORD_TOKEN against Discord, else against the stand-in'
	@echo 'make test [SANITIZE=address|thread|undefined]   every test'
	@echo 'make bench                the benchmarks, with their peers in the same run'
	@echo 'make check                formatting, clang-tidy, generated files'

run:
	@scripts/setup
	@scripts/build default $(PROGRAMS)
	@exec scripts/run $(DURATION)

test:
	@scripts/setup --test
	@scripts/build $(or $(SANITIZE),default) --tests
	@scripts/test $(or $(SANITIZE),default)

bench:
	@scripts/setup --test --bench
	@scripts/build bench guildscope_bench
	@scripts/bench

check:
	@scripts/setup --test --check
	@scripts/build default --tests
	@scripts/check

clean:
	rm -rf build
