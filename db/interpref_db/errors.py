"""What can be wrong with a study, each in one line with the way out."""

from __future__ import annotations


class StudyError(Exception):
    """Something about a study that its user can do something about. The message is one line for them."""


class StudyBusy(StudyError):
    """Another program holds the study file."""


class StudyTooNew(StudyError):
    """The study was made by a newer version of the program."""


class NotAStudy(StudyError):
    """The file is not a study, or not a file that can be read."""


class UntrustedStudy(NotAStudy):
    """The file holds more than a study does: something that could run, or tables that are not as we make them."""


class StudyDamaged(StudyError):
    """Part of the study's file cannot be read any more."""


class NotFound(StudyError):
    """No record of that kind has this identifier."""
