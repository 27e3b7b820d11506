.PHONY: help run test

PORT ?= 8000
SAMPLE ?= 1

help:
	@echo "make run    start the whole service on http://localhost:$(PORT); Ctrl-C stops it"
	@echo "            PORT=8001 takes another port, SAMPLE=0 starts without the sample community"
	@echo "make test   check everything: style, types, imports, and tests with real servers and a real browser"

run:
	@sh tools/environment run
	@exec .venv/bin/podsched serve --port $(PORT) $(if $(filter 0,$(SAMPLE)),--no-sample)

test:
	@sh tools/environment test
	@sh tools/prepare
	@sh tools/check
