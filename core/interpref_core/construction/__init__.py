"""Construction of a benchmark from raw conversations (paper section 3.3): what each stage asks, reads, checks and makes.

Here is what the stages know; nothing here touches a terminal or a database. `interpref_db.construction` has the subjects of each
stage and settles what was made; `interpref_tui.services.construction` runs stages one after the other.

The stages, in order (`stages.STAGES`), with what each takes and makes:

    extract        windows of histories     -> chunks, preferences (each with its source turns)
    dedupe         preferences              -> which preferences say the same as another one, its representative
    categorise     preferences              -> category and subcategory where they are missing
    counterparts   representatives          -> 2-3 counterpart preferences each, near to far, and a pair of each
    queries        pairs                    -> candidate queries (three a pair); people accept or refuse them
    histories      preferences of pairs     -> one conversation that carries the preference (rewrite + follow-up)
    items          pairs with a query       -> the two long histories of five conversations each, and the item
    verify         items                    -> a report: preservation, diversity, leakage, lengths

What they meet in: the tables of the study (schema/0003_building.sql; records of the same names)

- `StageRun` (buildings): one generation of one stage, with model, parameters, seed, prompts and settings. Without `--again`
  a stage goes on in its newest generation: only subjects without a `Making` are asked. A new generation is settled when it
  is complete; in the same transaction what the older ones made and it did not becomes `Superseded`, with what was made of
  that. What it makes again, word for word, is the same thing by its identifier, and stays with all that hangs on it.
- `Making` (makings, journaled while it happens): what one subject gave, as read: `made`, and `refused` ({text, reason}).
  A stage that asks no model needs none.
- Things: chunks, preferences, pairs, queries, histories, items. They are made of makings when a stage is settled, in one
  write transaction. Their identifiers are hashes of what they say and come from (`made_id`): settling again changes nothing.
- `Lineage` (links): the trail. One row says that `thing` was made from `source`. The roles:

      kind        source_kind  role                place, turns
      chunk       history      turns               turns: first and last position
      preference  chunk        profile | format    turns: positions of the user's turns that show it, in the history
      preference  preference   counterpart         place 1 (near) to 3 (far); thing is the counterpart
      preference  preference   duplicate           thing says the same as source, its representative (made by dedupe)
      pair        preference   counterpart         source is the preference that was extracted, place as above
      query       pair         candidate           place 1-3
      query       item         existing            the query was taken from an item that the study had
      history     preference   rewrite+follow-up   a conversation that carries the preference
      history     history      target | filler     place 1-5 of each conversation in a long history
      item        query        query
      item        history      a | b               the long history of each side

  `confidential` is true where the trail goes back to a confidential history: such things are sent to local models only.

- A preference is taken by `counterparts` unless it is a counterpart itself or the thing of a `duplicate` link (the view
  `representatives`). So dedupe only has to add and remove `duplicate` links; tables of its own (clusters) are its own.
- A conversation that carries a preference is any history with `extra.preference` naming it, made or imported: those that
  exist are used, nothing is asked for them. `categorise` fills `preferences.category` and `.subcategory` where they are
  NULL; `items` chooses fillers of other categories by them.
- Whether a query is accepted: the labels of the task `query` on it (`item` = the query's identifier), accepts outnumbering
  refusals (the view `judged_queries`).

How a stage is written (`interpref_tui.services.construction.stage`): an object with `name` and `plan(study, options)`,
which gives a
`Plan`: what there is to do, as engine tasks or as local work, and `records`, what becomes of it in the study. The chain
does the rest: building, journal, engine, budget, settling, superseding.
"""

from __future__ import annotations

from interpref_core.ids import content_hash


def content_id(kind: str, *parts: object) -> str:
    """The identifier of a made thing: the same parts give the same thing, in every study and at every try."""
    return f"{kind}-{content_hash(kind, *parts)[:20]}"
