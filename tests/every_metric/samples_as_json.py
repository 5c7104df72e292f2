"""Parses a page of OpenMetrics with Prometheus' Python client, which is strict about it, and prints it as JSON."""
import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families, samples = {}, []
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    for family in text_string_to_metric_families(file.read()):
        families[family.name] = family.type
        samples += [{"name": s.name, "labels": s.labels, "value": repr(s.value)} for s in family.samples]
json.dump({"families": families, "samples": samples}, sys.stdout)
