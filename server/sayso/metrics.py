"""What the server counts, as Prometheus text (exposition format 0.0.4)."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True)
class Gauge:
    """Be a value of the moment: its name without the prefix, what it is, whether it only grows, and the value."""

    name: str
    help: str
    value: float
    counter: bool = False


class Metrics:
    """Count requests and their durations by route and outcome."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[tuple[str, str], list[int]] = {}
        self._seconds: Counter[tuple[str, str]] = Counter()

    def count(self, route: str, method: str, status: int, outcome: str, seconds: float) -> None:
        """Count a request that took some seconds; `outcome` is ok or the kind of the problem."""
        place = next((number for number, bound in enumerate(BUCKETS) if seconds <= bound), len(BUCKETS))
        with self._lock:
            self._requests[route, method, status] += 1
            buckets = self._buckets.setdefault((route, outcome), [0] * (len(BUCKETS) + 1))
            buckets[place] += 1
            self._seconds[route, outcome] += seconds  # type: ignore[assignment]  # a sum of seconds, not a count

    def text(self, gauges: list[Gauge]) -> str:
        """Write everything, with the values of the moment, as Prometheus reads it."""
        with self._lock:
            lines = [*self._requests_text(), *self._durations_text()]
        for gauge in gauges:
            kind = "counter" if gauge.counter else "gauge"
            lines += [f"# HELP sayso_{gauge.name} {gauge.help}", f"# TYPE sayso_{gauge.name} {kind}"]
            lines.append(f"sayso_{gauge.name} {gauge.value:g}")
        return "\n".join(lines) + "\n"

    def _requests_text(self) -> Iterator[str]:
        yield "# HELP sayso_requests_total Requests answered."
        yield "# TYPE sayso_requests_total counter"
        for (route, method, status), number in sorted(self._requests.items()):
            yield f'sayso_requests_total{{route="{route}",method="{method}",status="{status}"}} {number}'

    def _durations_text(self) -> Iterator[str]:
        yield "# HELP sayso_request_seconds How long requests took, by outcome."
        yield "# TYPE sayso_request_seconds histogram"
        for (route, outcome), buckets in sorted(self._buckets.items()):
            labels, total = f'route="{route}",outcome="{outcome}"', 0
            for bound, number in zip((*map(str, BUCKETS), "+Inf"), buckets, strict=True):
                total += number
                yield f'sayso_request_seconds_bucket{{{labels},le="{bound}"}} {total}'
            yield f"sayso_request_seconds_sum{{{labels}}} {self._seconds[route, outcome]:.6f}"
            yield f"sayso_request_seconds_count{{{labels}}} {total}"
