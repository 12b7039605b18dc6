"""Checks claims that stand in a Spark DataFrame; needs the extra ``claimshapes[spark]``.

>>> from claimshapes import spark
>>> findings = spark.check(claims, column="claim")  # doctest: +SKIP
"""

from claimshapes.spark.frames import KINDS, check

__all__ = ["KINDS", "check"]
