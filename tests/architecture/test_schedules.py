"""Does everything happen by itself that should? Tasks, schedules and queues fit together."""

import inspect

import pytest

import worker
from kernel import jobs

# Tasks without arguments that nothing but a person or an event asks for.
ON_DEMAND: set[str] = set()


@pytest.fixture(scope="module")
def tasks() -> dict[str, jobs.Task]:
    worker.load_tasks()
    return {name: task for name, task in jobs.known_tasks().items() if not name.startswith("test.")}


def needs_nothing(task: jobs.Task) -> bool:
    return not inspect.signature(task.function).parameters


def test_a_task_that_needs_no_ids_is_scheduled_or_stands_on_the_short_list(tasks):
    scheduled = {schedule.task for schedule in worker.SCHEDULES}

    forgotten = {name for name, task in tasks.items() if needs_nothing(task)} - scheduled

    assert forgotten == ON_DEMAND
    assert scheduled.isdisjoint(ON_DEMAND)


def test_every_scheduled_task_exists_and_needs_no_ids(tasks):
    for schedule in worker.SCHEDULES:
        assert needs_nothing(tasks[schedule.task]), schedule.task


def test_schedules_are_sorted_and_said_once():
    names = [schedule.task for schedule in worker.SCHEDULES]

    assert names == sorted(set(names))


def test_every_task_runs_on_a_queue_that_workers_listen_to(tasks):
    assert {task.queue for task in tasks.values()} <= set(worker.QUEUES)
