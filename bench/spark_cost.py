"""What judging claims on Spark costs: claims for each core and second, and a thousand million.

    python bench/spark_cost.py [NUMBER] [--cores N] [--partitions N] [--seed N]

Starts Spark on this machine, judges NUMBER generated claims (20,000 by default) once to start the
workers and once for the figures, and throws the findings away. Needs claimshapes[spark] and Java.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from pyspark.sql import DataFrame, SparkSession  # noqa: E402

from bench.claims import SEED, claim_lines  # noqa: E402
from claimshapes import spark  # noqa: E402

_MANY = 10**9


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("number", type=int, nargs="?", default=20_000)
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--partitions", type=int, help="as many as cores by default")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
    with tempfile.TemporaryDirectory(prefix="claimshapes-bench-") as folder:
        file = Path(folder) / "claims.ndjson"
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(line for line, _ in claim_lines(options.number, options.seed))
        session = started(options.cores)
        claims = session.read.text(str(file))
        claims = claims.repartition(options.partitions or options.cores).cache()
        claims.count()
        first = seconds_for(claims)
        second = seconds_for(claims)
        session.stop()
    rate = options.number / second / options.cores
    hours = _MANY / rate / 3600
    print(
        f"{options.number:,} claims on {options.cores} cores: {first:.1f} s with the start of the"
        f" workers, {second:.1f} s without\n"
        f"{rate:,.0f} claims for each core and second\n"
        f"{_MANY:,} claims: {hours:,.0f} core hours, on 64 cores {hours / 64:,.1f} h,"
        f" on 1,000 cores {hours / 1000:,.1f} h"
    )
    return 0


def started(cores: int) -> SparkSession:
    """Spark on this machine, with a worker for each core."""
    session = (
        SparkSession.builder.master(f"local[{cores}]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session


def seconds_for(claims: DataFrame) -> float:
    """Seconds for judging the claims, whose findings go nowhere."""
    begun = time.perf_counter()
    answer = spark.check(claims, column="value", kinds=["finding"])
    answer.write.format("noop").mode("overwrite").save()
    return time.perf_counter() - begun


if __name__ == "__main__":
    raise SystemExit(main())
