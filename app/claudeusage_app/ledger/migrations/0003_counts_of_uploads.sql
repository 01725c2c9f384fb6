-- What an upload held, in numbers: they stay when its body is thinned.
ALTER TABLE uploads ADD COLUMN days INTEGER NOT NULL DEFAULT 0;

ALTER TABLE uploads ADD COLUMN model_rows INTEGER NOT NULL DEFAULT 0;

ALTER TABLE uploads ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;

UPDATE uploads SET
    days = json_array_length(CAST(body AS TEXT), '$.days'),
    model_rows = (
        SELECT coalesce(sum(json_array_length(day.value, '$.models')), 0)
        FROM json_each(CAST(body AS TEXT), '$.days') AS day
    ),
    bytes = length(body)
WHERE json_valid(CAST(body AS TEXT)) AND json_type(CAST(body AS TEXT), '$.days') = 'array';
