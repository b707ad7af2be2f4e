"""The four orders in which a judge sees one item (paper section 4.2), in the order the published logs keep them.

A pattern is four letters, one an order: L(eft), R(ight), D(on't know), U(nreadable). Right is LRRL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpref_core.records.base import Choice, Side


@dataclass(frozen=True, slots=True)
class Order:
    """What is shown: `preferences` names the side shown as persona 1 and 2, `responses` the side shown Left and Right.

    `right` is the correct choice for persona 1.
    """

    number: int
    preferences: tuple[Side, Side]
    responses: tuple[Side, Side]
    right: Choice


ORDERS: tuple[Order, Order, Order, Order] = (
    Order(1, ("a", "b"), ("a", "b"), "Left"),
    Order(2, ("a", "b"), ("b", "a"), "Right"),
    Order(3, ("b", "a"), ("a", "b"), "Right"),
    Order(4, ("b", "a"), ("b", "a"), "Left"),
)

RIGHT_PATTERN = "LRRL"

LETTERS: dict[Choice, str] = {"Left": "L", "Right": "R", "Don't know": "D", "Unreadable": "U"}
