-- Whether a text may be what the JSON reader makes of a value that is none: a number, true, an object. Such a line is
-- looked at again, exactly.
CREATE OR REPLACE TEMP MACRO maybe_no_text(words) AS coalesce(
    CASE WHEN strlen(words) < 32 THEN regexp_full_match(words, '[\[{].*|true|false|-?([0-9][0-9.eE+-]*|NaN|Infinity)', 's')
        ELSE left(words, 1) IN ('[', '{') END, false);
