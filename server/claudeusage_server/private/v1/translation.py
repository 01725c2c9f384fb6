"""From the original client's buckets to rows of days: a function of the body and the price table.

A row is a `wire.Day`, counted by that client's own rules. Its cost is that of its tokens at the
prices of its date, cache writes at the 5-minute rate; of requests with a long context nothing is
known. So a row that grew share by share costs what the same row costs that came at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from claudeusage_core import wire
from claudeusage_core.models import SYNTHETIC, ModelNames
from claudeusage_core.pricing import PriceTable, Rates, micro_usd, midnight
from claudeusage_server.private.v1.wire import Bucket, IngestRequest, Share

_COUNTS = (
    "messages",
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
)
_SECONDS_PER_HOUR = 3_600


def day_rows(request: IngestRequest, prices: PriceTable) -> tuple[wire.Day, ...]:
    """Translate the buckets that name a model and a calendar day into rows, sorted by date."""
    buckets = sorted(request.daily_buckets, key=lambda bucket: bucket.date)
    started = sessions_started([each.session_count for each in buckets], request.session_count)
    names = ModelNames(
        prices.names
    )  # of this body alone: it remembers every name that it was asked
    rows = (
        _row(bucket, count, names, prices) for bucket, count in zip(buckets, started, strict=True)
    )
    return tuple(row for row in rows if row.models)


def sessions_started(active: Sequence[int], in_all: int) -> tuple[int, ...]:
    """Lower the days' sessions, from the last day backwards, until they add up to *in_all*.

    A session that was active on several days is counted on each of them, and began on the first.
    """
    excess = max(0, sum(active) - in_all)
    lowered: list[int] = []
    for count in reversed(active):
        less = min(count, excess)
        excess -= less
        lowered.append(count - less)
    return tuple(reversed(lowered))


def added(row: wire.Day, share: wire.Day, gap_seconds: int, prices: PriceTable) -> wire.Day:
    """Add to a row a later share of the same day, and the time that passed between them."""
    return wire.Day(
        date=row.date,
        active_seconds=row.active_seconds + gap_seconds + share.active_seconds,
        sessions_active=row.sessions_active + share.sessions_active,
        sessions_started=row.sessions_started + share.sessions_started,
        models=_models((*row.models, *share.models), row.date, prices),
    )


def _row(bucket: Bucket, started: int, names: ModelNames, prices: PriceTable) -> wire.Day:
    shares = [
        _unpriced(names.canonical(raw), share)
        for raw, share in bucket.per_model.items()
        if raw != SYNTHETIC
    ]
    return wire.Day(
        date=bucket.date,
        active_seconds=round(bucket.hours_active * _SECONDS_PER_HOUR),
        sessions_active=bucket.session_count,
        sessions_started=started,
        models=_models(shares, bucket.date, prices),
    )


def _unpriced(model: str, share: Share) -> wire.DayModel:
    return wire.DayModel(
        model=model,
        messages=share.message_count,
        input_tokens=share.input_tokens,
        output_tokens=share.output_tokens,
        cache_write_5m_tokens=share.cache_create_tokens,
        cache_write_1h_tokens=0,
        cache_read_tokens=share.cache_read_tokens,
        cost_microusd=None,
    )


def _models(
    parts: Iterable[wire.DayModel], when: str, prices: PriceTable
) -> tuple[wire.DayModel, ...]:
    """Add up the parts of each model, and price the sums."""
    sums: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    for part in parts:
        of_model = sums[part.model]
        for name in _COUNTS:
            of_model[name] += getattr(part, name)
    return tuple(
        wire.DayModel(
            model=model, cost_microusd=_cost(counts, _rates(model, when, prices)), **counts
        )
        for model, counts in sorted(sums.items())
        if any(counts.values())
    )


def _rates(model: str, when: str, prices: PriceTable) -> Rates | None:
    """Return the rates at the beginning of a UTC day; they change at no other time of day."""
    try:
        moment_ms = midnight(date.fromisoformat(when))
    except ValueError:  # no calendar day; the rules refuse it
        return None
    known = prices.models.get(model)
    period = known.period(moment_ms) if known else None
    return period.rates if period else None


def _cost(counts: dict[str, int], rates: Rates | None) -> int | None:
    if rates is None:
        return None
    return micro_usd(
        counts["input_tokens"] * rates.input
        + counts["output_tokens"] * rates.output
        + counts["cache_write_5m_tokens"] * rates.cache_write_5m
        + counts["cache_read_tokens"] * rates.cache_read
    )
