"""How the model is asked: the paradigms of the paper (section 4.3), the controls, and the user's own."""

from __future__ import annotations

from interpref_core.paradigms.base import Ask, Paradigm, ParadigmInput, ParadigmOutput
from interpref_core.paradigms.registry import PARADIGMS, load_paradigm

__all__ = ["PARADIGMS", "Ask", "Paradigm", "ParadigmInput", "ParadigmOutput", "load_paradigm"]
