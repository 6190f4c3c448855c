"""Reads interval logs and percentile tables with another implementation of HdrHistogram than the one that wrote them (PyPI: hdrhistogram).

    python hdr_reader.py LOG [TAG=TABLE ...]

Prints one JSON object: of each tag its count, maximum, percentiles and recorded values as the reader decodes them from the log, and of each table
its rows beside what the tag's histogram has there.
"""

import json
import sys

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

PERCENTS = [50, 75, 90, 95, 99, 99.9, 99.99, 100]


def rows(text):
    """The numbers of a percentile table, without its head and its footer."""
    lines = (line.split() for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [[float(word) for word in line[:3]] for line in lines if line[0] != "Value"]


def histograms(path):
    reader = HistogramLogReader(path, HdrHistogram(1, 1 << 40, 3))
    while (histogram := reader.get_next_interval_histogram()) is not None:
        yield histogram.get_tag(), histogram


def described(histogram):
    return {
        "count": histogram.get_total_count(),
        "max": histogram.get_max_value(),
        "start_s": histogram.get_start_time_stamp() / 1000,
        "end_s": histogram.get_end_time_stamp() / 1000,
        "percentiles": [[percent, histogram.get_value_at_percentile(percent)] for percent in PERCENTS],
        "recorded": [[item.value_iterated_to, item.count_at_value_iterated_to] for item in histogram.get_recorded_iterator()],
    }


def table(histogram, path):
    """Each row of the file, and what the decoded histogram has there: how many values do not exceed its value, and the value at its share."""
    values, total, below = [], 0, []
    for value, count in described(histogram)["recorded"]:
        total += count
        values.append(value)
        below.append(total)
    found = []
    with open(path, encoding="utf-8") as file:
        for value, share, count in rows(file.read()):
            micros = round(value * 1000)
            not_above = max((b for v, b in zip(values, below) if v <= micros), default=0)
            at_share = next(v for v, b in zip(values, below) if b >= share * total - 1e-6)
            found.append({"micros": micros, "count": count, "reader_count": not_above, "reader_micros": at_share})
    return found


def main(log, *tables):
    decoded = dict(histograms(log))
    pairs = [pair.split("=", 1) for pair in tables]
    json.dump(
        {
            "tags": {tag: described(histogram) for tag, histogram in decoded.items()},
            "tables": {tag: table(decoded[tag], path) for tag, path in pairs},
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
