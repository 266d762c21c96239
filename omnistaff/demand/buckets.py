"""Attempts counted into buckets of five minutes on this machine, as they stream by.

The contacts come as Arrow batches, what the timeline knows of them as arrays in the same order, so nothing is joined.
Only customers who came twice so soon that the second may be a redial are looked at together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from omnistaff.demand.redials import LEFT, fold_redials
from omnistaff.demand.strays import DAY_US, Stretch, find_stretch
from omnistaff.demand.warehouse import BUCKET_US
from omnistaff.demand.window import cut_off_instant
from omnistaff.plan import Plan
from omnistaff.tables.matching import assign_queues

BATCH = 500_000
COLUMNS = (
    "contact_id", "arrived_at", "answered_at", "ended_at", "wait_s", "effort_s", "outcome", "is_demand",
)  # fmt: skip
Read = Callable[[list[str]], Iterator[Any]]  # columns to Arrow batches of all contacts, in one order
_MARKS = ("is_repeat", "is_switch", "is_alone")


@dataclass(frozen=True)
class Links:
    """What the timeline knows of each contact: its customer as a number (-1 if unknown) and its marks."""

    customer: NDArray[Any]
    gap_s: NDArray[np.float64]
    is_repeat: NDArray[np.bool_]
    is_switch: NDArray[np.bool_]
    is_alone: NDArray[np.bool_]


class _Cells:
    """Sums by queue and bucket that grow with the stretch of time they cover."""

    def __init__(self, queues: int, sums: int) -> None:
        self.low = 0
        self.sums = np.zeros((queues, 0, sums))

    def cover(self, first_us: int, last_us: int) -> None:
        """Make room for the buckets from one instant to another."""
        first, last = first_us // BUCKET_US, last_us // BUCKET_US + 1
        queues, size, sums = self.sums.shape
        if not size:
            self.low, self.sums = first, np.zeros((queues, last - first, sums))
        elif first < self.low or last > self.low + size:
            before, after = max(self.low - first, 0), max(last - self.low - size, 0)
            self.sums = np.pad(self.sums, ((0, 0), (before, after), (0, 0)))
            self.low -= before

    def table(self, names: list[str], columns: list[str], used: NDArray[Any]) -> pd.DataFrame:
        """Return the *used* cells as rows: queue, bucket and the sums under the names *columns*."""
        queue, bucket = np.nonzero(used)
        found = pd.DataFrame(self.sums[queue, bucket], columns=columns)
        return found.assign(queue=pd.Series(names, dtype="str").take(queue).array, bucket=bucket + self.low)


def tally_attempts(read: Read, links: Links, plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what ``warehouse.count_buckets`` and ``work_buckets`` do of the contacts that *read* gives."""
    from omnistaff.demand.kernels import add_counts, add_work

    names = [queue.name for queue in plan.queues]
    counts, work = _Cells(len(names), 9), _Cells(len(names), 2)
    queues, stretch, longest_s = _QueueFinder(plan), *_look_over(read, plan)
    twice = _come_soon(links, plan.demand.redial_minutes, longest_s)
    held, ends, start = [], [], 0
    for batch in read(list(dict.fromkeys([*COLUMNS, *queues.columns]))):
        own = slice(start, start + len(batch))
        start = own.stop
        attempts = _Attempts(batch, queues, stretch)
        marks = tuple(getattr(links, name)[own] for name in _MARKS)
        if not attempts.wanted.any():
            continue
        ends.append(attempts.ends())
        counts.cover(*ends[-1])
        work.cover(int(attempts.start.min()), int(attempts.end.max()))
        add_work(work.sums, work.low, (attempts.queue, attempts.start, attempts.end, attempts.effort))
        again = twice[own] & attempts.wanted
        once = np.where(again, np.int32(-1), attempts.queue)
        add_counts(counts.sums, counts.low, (once, attempts.at, attempts.kind, attempts.effort, *marks))
        known = {name: values[again] for name, values in zip(_MARKS, marks, strict=True)}
        held.append(attempts.rows(again).assign(customer=links.customer[own][again], **known))
    if not ends:
        return pd.DataFrame(), pd.DataFrame()
    folded = fold_redials(pd.concat(held, ignore_index=True), plan.demand.redial_minutes)
    add_counts(counts.sums, counts.low, _columns(folded))
    return _count_table(counts, names, ends), work.table(names, ["done_s", "rate"], np.any(work.sums, axis=2))


def _columns(rows: pd.DataFrame) -> tuple[NDArray[Any], ...]:
    """Return the columns that are counted of attempts in a frame."""
    at = rows["arrived_at"].dt.as_unit("us").astype("int64").to_numpy()
    effort = rows["effort_s"].to_numpy(dtype="float64")
    marks = (rows[name].to_numpy(dtype=bool) for name in _MARKS)
    return rows["queue"].to_numpy(), at, _kinds(rows["outcome"].tolist()), effort, *marks


def _count_table(counts: _Cells, names: list[str], ends: list[tuple[int, int]]) -> pd.DataFrame:
    """Return the counts as rows with mean and variance of the known efforts."""
    columns = [
        "offered", "handled", "abandoned", "repeat_contacts", "switched_contacts", "unlinked_contacts", "known",
        "mean_s", "variance",
    ]  # fmt: skip
    table = counts.table(names, columns, counts.sums[:, :, 0] > 0)
    return table.assign(
        first_contacts=table["offered"] - table["repeat_contacts"],
        variance=table["variance"] / table["known"].clip(lower=1),
        first_at=min(first for first, _ in ends),
        last_at=max(last for _, last in ends),
    )


def _look_over(read: Read, plan: Plan) -> tuple[Stretch, float]:
    """Return the stretch in which contacts are counted, and the longest wait of one that left, in seconds."""
    wait, parts = 0.0, []
    for batch in read(["arrived_at", "outcome", "wait_s"]):
        left = _kinds_of(batch["outcome"]) == 2
        wait = max(wait, np.nan_to_num(batch["wait_s"].to_numpy(zero_copy_only=False))[left].max(initial=0.0))
        parts.append(np.unique(_micros(batch["arrived_at"]) // DAY_US, return_counts=True))
    if not parts:
        return Stretch(0, 0), wait
    days, contacts = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    found, cut = find_stretch(days, contacts), cut_off_instant(plan)
    return (found if cut is None else Stretch(found.first, min(found.end, cut.value // 1000))), wait


def _come_soon(links: Links, redial_minutes: float, longest_s: float) -> NDArray[np.bool_]:
    """Return the contacts of customers who came twice so soon that the second may be a redial."""
    soon = links.gap_s <= redial_minutes * 60 + longest_s + 1e-6
    found = np.zeros(links.customer.max(initial=-1) + 2, dtype=bool)  # one more, for -1
    found[links.customer[soon]] = True
    again: NDArray[np.bool_] = found[links.customer]
    return again


class _Attempts:
    """A batch of contacts as arrays; ``queue`` is -1 for those that are no demand of a planned queue."""

    def __init__(self, batch: Any, queues: _QueueFinder, stretch: Stretch) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        arrived = batch["arrived_at"]
        started = pc.coalesce(batch["answered_at"], arrived)
        outcome, texts = _codes(batch["outcome"])
        contained = np.array([text == "contained" for text in texts] or [False])[outcome]
        self._batch = batch
        self.at, self.start = _micros(arrived), _micros(started)
        self.end = np.maximum(_micros(pc.coalesce(batch["ended_at"], started)), self.start + 1)
        self.effort = batch["effort_s"].cast(pa.float64()).to_numpy(zero_copy_only=False)
        self.kind = _kinds(texts)[outcome]
        self.wanted = batch["is_demand"].to_numpy(zero_copy_only=False).astype(bool) & ~contained
        self.wanted &= stretch.holds(self.at)
        self.queue = np.where(self.wanted, queues.find(batch), np.int32(-1))
        self.wanted &= self.queue >= 0

    def ends(self) -> tuple[int, int]:
        """Return when the first and the last attempt arrived."""
        arrived = self.at[self.wanted]
        return int(arrived.min()), int(arrived.max())

    def rows(self, chosen: NDArray[np.bool_]) -> pd.DataFrame:
        """Return the *chosen* attempts as a frame; their queue is a number."""
        import pyarrow as pa

        columns = ["contact_id", "arrived_at", "wait_s", "effort_s", "outcome"]
        table: pd.DataFrame = self._batch.select(columns).filter(pa.array(chosen)).to_pandas()
        return table.assign(queue=self.queue[chosen], outcome=table["outcome"].astype("str"))


class _QueueFinder:
    """Which planned queue takes a contact, looked up once for each mix of the columns that queues name."""

    def __init__(self, plan: Plan) -> None:
        self.columns = list(dict.fromkeys(column for queue in plan.queues for column in queue.contacts))
        self._plan = plan
        self._place = {queue.name: k for k, queue in enumerate(plan.queues)}
        self._known: dict[tuple[Any, ...], int] = {}

    def find(self, batch: Any) -> NDArray[np.int32]:
        """Return the place of each contact's planned queue, -1 without."""
        mix = np.zeros(len(batch), dtype=np.int64)
        for column in self.columns:
            code, texts = _codes(batch[column])
            mix = pd.factorize(mix * (len(texts) + 1) + code + 1)[0]
        row = np.zeros(int(mix.max(initial=-1)) + 1, dtype=np.int64)
        row[mix] = np.arange(len(mix))  # a row with each mix
        some = batch.take(row)
        mixes = list(zip(*(some[column].to_pylist() for column in self.columns), strict=True)) or [()]
        if not all(each in self._known for each in mixes):
            self._known |= dict(zip(mixes, self._assign(some), strict=True))
        return np.array([self._known[each] for each in mixes], dtype=np.int32)[mix]

    def _assign(self, rows: Any) -> list[int]:
        frame: Any = rows.select(self.columns).to_pandas() if self.columns else pd.DataFrame(index=range(len(rows)))
        texts = {name: "str" for name in self.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)}
        names = assign_queues(frame.astype(texts), self._plan)
        return [-1 if pd.isna(name) else self._place[name] for name in names]


def _micros(times: Any) -> NDArray[np.int64]:
    """Return an Arrow column of instants as microseconds since 1970."""
    import pyarrow as pa

    found: NDArray[np.int64] = times.cast(pa.timestamp("us", times.type.tz)).cast(pa.int64()).to_numpy()
    return found


def _codes(values: Any) -> tuple[NDArray[Any], list[Any]]:
    """Return a column of Arrow as codes, -1 where it is missing, and what they stand for."""
    import pyarrow as pa

    found = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    return found.indices.fill_null(-1).to_numpy(), found.dictionary.to_pylist()


def _kinds(outcomes: list[Any]) -> NDArray[np.int8]:
    """Return 1 for answered, 2 for left, 0 for all else."""
    return np.array([1 if name == "answered" else 2 if name in LEFT else 0 for name in outcomes], dtype=np.int8)


def _kinds_of(outcomes: Any) -> NDArray[np.int8]:
    """Return the kind of each outcome of an Arrow column."""
    code, texts = _codes(outcomes)
    found: NDArray[np.int8] = _kinds(texts)[code]
    return found
