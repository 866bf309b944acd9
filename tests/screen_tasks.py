"""The tasks of the project of the golden screens; the project has them in its tasks folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from screen_project import CLOCK

from lineage.tasks import BaseTask
from ops import BaseOperation, DataSource, DataWriter, OperationResult


class GeneralizeOperation(BaseOperation):
    """Writes the people with their pay in steps of a hundred."""

    def __init__(self, step: int) -> None:
        self.step = step

    def execute(
        self, data_source: DataSource, task_dir: Path, progress_tracker: Any = None
    ) -> OperationResult:
        """Read, generalize, write."""
        CLOCK.move(12.5)
        people = data_source.get_dataframe("people_of_the_survey")
        people["weekly_earnings"] = people["weekly_earnings"] // self.step * self.step
        writer = DataWriter(task_dir, progress_tracker=progress_tracker)
        written = writer.write_dataframe(people, "people_with_generalized_earnings", format="csv")
        result = OperationResult(metrics={"k": 2, "rows": len(people), "share_changed": 0.75})
        result.add_file(written, "the people, earnings in steps of 100")
        source = ("people_of_the_survey", "weekly_earnings")
        result.derive(written.path, "weekly_earnings", "generalization", source)
        result.derive(written.path, "person", "identity", ("people_of_the_survey", "person"))
        result.warn("1 column looks like an identifier: person", columns=["person"])
        return result


class CountOperation(BaseOperation):
    """Counts the people of a dataset."""

    def __init__(self, dataset: str, *, fails: str = "") -> None:
        self.dataset = dataset
        self.fails = fails

    def execute(
        self, data_source: DataSource, task_dir: Path, progress_tracker: Any = None
    ) -> OperationResult:
        """Count, write, and fail as the test says."""
        del progress_tracker
        CLOCK.move(3.25)
        table = data_source.get_table(self.dataset)
        if self.fails == "interrupt":
            raise KeyboardInterrupt
        if self.fails:
            raise ConnectionError(self.fails)
        result = OperationResult(metrics={"rows": table.num_rows})
        written = DataWriter(task_dir).write_json({"rows": table.num_rows}, "number_of_people")
        result.add_file(written, "how many people")
        return result


class ReleaseTask(BaseTask):
    """Releases the survey."""

    def __init__(self) -> None:
        super().__init__(
            "t_release_wages",
            "anonymization",
            "Release of the wage survey with earnings in steps of a hundred",
            {"people_of_the_survey": "DATA/raw/wage_survey/people_2026.csv"},
        )

    def configure_operations(self) -> None:
        """Generalize, then count what was written."""
        self.add_operation(GeneralizeOperation, step=100)
        self.add_operation(CountOperation, dataset="people_of_the_survey")


class CountTask(BaseTask):
    """Counts the survey in two operations, the second of which may fail."""

    def __init__(self) -> None:
        super().__init__(
            "t_count",
            "statistics",
            "Count of the people who took part",
            {"people_of_the_survey": "DATA/raw/wage_survey/people_2026.csv"},
        )

    def configure_operations(self) -> None:
        """Count twice."""
        self.add_operation(CountOperation, dataset="people_of_the_survey")
        fails = str(self.config.get("fails", ""))
        self.add_operation(CountOperation, dataset="people_of_the_survey", fails=fails)

    def execute(self) -> bool:
        """Keep a checkpoint, then do the work."""
        self.context_manager.save_execution_state({"done": 0}, "before_the_count")
        return super().execute()
