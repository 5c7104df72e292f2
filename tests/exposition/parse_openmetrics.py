"""Parses a file with Prometheus' Python client, which is strict about OpenMetrics, and prints its samples."""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    for family in text_string_to_metric_families(file.read()):
        for sample in family.samples:
            labels = [f"{name}={value!r}" for name, value in sorted(sample.labels.items())]
            exemplar = []
            if sample.exemplar:
                names = [f"{name}={value!r}" for name, value in sorted(sample.exemplar.labels.items())]
                exemplar = ["exemplar", *names, sample.exemplar.value, sample.exemplar.timestamp]
            print(family.type, sample.name, *labels, sample.value, *exemplar)
