-- What a run found, asked in SQL: DuckDB over the lines of mtasts check -o jsonl.
--
--   duckdb < duckdb.sql                          answers everything, over results.jsonl
--   duckdb mtasts.duckdb < duckdb.sql            the same, and keeps the results and the questions
--   duckdb mtasts.duckdb -c 'FROM not_covered'   one of them; each is a view, so WHERE and LIMIT go too
--
-- DuckDB 1.3 or later. In place of results.jsonl below there may be 'part-*.jsonl', the shares of a run,
-- and files that gzip made smaller. mtasts schema describes the fields; those that are not named here are
-- not read. status, findings and delivery are judged; observed is what was seen, and may hold anything
-- that a server said.

CREATE OR REPLACE MACRO run(files) AS TABLE
SELECT * FROM read_json(files, format = 'newline_delimited', columns = {
    index: 'BIGINT',
    domain: 'VARCHAR',
    input: 'VARCHAR',
    error: 'VARCHAR',
    checked_at: 'TIMESTAMP',
    status: 'VARCHAR',
    protection: 'VARCHAR',
    interrupted: 'BOOLEAN',
    findings: 'STRUCT(
        rule VARCHAR, status VARCHAR, reason VARCHAR, subject VARCHAR, change VARCHAR, message VARCHAR,
        evidence VARCHAR[])[]',
    delivery: 'STRUCT(
        mx VARCHAR, preference INTEGER, address VARCHAR, verdict VARCHAR, under_enforce VARCHAR,
        because VARCHAR[])[]',
    baseline: 'STRUCT(
        checked_at TIMESTAMP,
        gone STRUCT(rule VARCHAR, status VARCHAR, reason VARCHAR, subject VARCHAR)[])',
    certificates: 'STRUCT(host VARCHAR, port INTEGER, not_after TIMESTAMP)[]',
    observed: 'STRUCT(
        sts STRUCT(records STRUCT("text" JSON[])[]),
        tlsrpt STRUCT(records STRUCT("text" JSON[])[]),
        policy_host STRUCT(fetches STRUCT(status INTEGER, body JSON)[]))'
});

CREATE OR REPLACE TABLE results AS
-- A line of the list that is no domain has an error and nothing else; one that was cut short is not whole.
SELECT * FROM run('results.jsonl') WHERE error IS NULL AND interrupted IS NOT TRUE;

-- Problems, one a row. What follows from another one is not told by mtasts, so each is a cause.
CREATE OR REPLACE VIEW problems AS
SELECT r.domain, r.protection, f.*
FROM results r, unnest(r.findings) u(f)
WHERE f.status IN ('fail', 'unknown', 'warn');

-- Registered domains come near to the last two labels; co.uk and its like are taken for one provider.
CREATE OR REPLACE MACRO provider(host) AS regexp_extract(host, '[^.]+\.[^.]+$');

-- How well are the top-level domains protected?
CREATE OR REPLACE VIEW protection_by_tld AS
SELECT regexp_extract(domain, '[^.]+$') AS tld, count(*) AS domains,
    count(*) FILTER (protection = 'enforced') AS enforced,
    count(*) FILTER (protection = 'testing') AS testing,
    count(*) FILTER (protection = 'none') AS none,
    count(*) FILTER (protection = 'broken') AS broken,
    count(*) FILTER (protection = 'absent') AS absent,
    count(*) FILTER (protection = 'unknown') AS unknown,
    round(100.0 * enforced / domains, 2) AS enforced_percent
FROM results GROUP BY tld ORDER BY domains DESC, tld;

-- Which problems are most frequent?
CREATE OR REPLACE VIEW most_frequent AS
SELECT status, rule, reason, count(DISTINCT domain) AS domains,
    round(100.0 * domains / (SELECT count(*) FROM results), 2) AS percent, min(domain) AS for_instance
FROM problems GROUP BY ALL ORDER BY domains DESC, status, rule, reason;

-- Which domains fail, and why?
CREATE OR REPLACE VIEW failing AS
SELECT rule, reason, domain, subject, message
FROM problems WHERE status = 'fail' ORDER BY rule, reason, domain, subject;

-- At which providers of MX hosts would senders refuse to deliver if every policy were in force, and mostly
-- why? A host that many domains share is one cause.
CREATE OR REPLACE VIEW failing_providers AS
WITH refused AS (
    SELECT r.domain, d.mx FROM results r, unnest(r.delivery) u(d)
    WHERE coalesce(d.under_enforce, d.verdict) = 'refuses')
SELECT provider(d.mx) AS provider, count(DISTINCT d.domain) AS domains, count(DISTINCT d.mx) AS hosts,
    mode(p.rule || ':' || p.reason) AS mostly_because
FROM refused d LEFT JOIN problems p ON p.domain = d.domain AND p.subject = d.mx
GROUP BY provider ORDER BY domains DESC, provider;

-- Which certificates end within 30 days of the look, and how many domains does each concern?
CREATE OR REPLACE VIEW certificates_ending AS
SELECT c.host, c.port, min(c.not_after) AS not_after, count(DISTINCT r.domain) AS domains,
    date_diff('day', max(r.checked_at), min(c.not_after)) AS days
FROM results r, unnest(r.certificates) u(c)
GROUP BY c.host, c.port HAVING days < 30 ORDER BY not_after, c.host;

-- Which domains have an MX host that their policy does not cover?
CREATE OR REPLACE VIEW not_covered AS
SELECT domain, subject AS mx, status, protection
FROM problems WHERE rule = 'mx-covered' ORDER BY status, domain, mx;

-- The texts of TXT records, whose strings belong together.
CREATE OR REPLACE MACRO texts(records) AS
    list_transform(records, lambda r: array_to_string(list_transform(r."text", lambda x: x->>'$'), ''));

-- The policy as it was served, and the record's id. Many ids are times: then published is one.
CREATE OR REPLACE VIEW policies AS
SELECT domain, protection,
    regexp_extract(sts, ';[ \t]*id[ \t]*=[ \t]*([A-Za-z0-9]+)', 1) AS id,
    coalesce(try_strptime(id, '%Y%m%d%H%M%SZ'), try_strptime(id[:14], '%Y%m%d%H%M%S'),
        try_strptime(id[:8], '%Y%m%d')) AS published,
    try_cast(regexp_extract(body, '(?m)^max_age[ \t]*:[ \t]*([0-9]+)', 1) AS BIGINT) AS max_age,
    regexp_extract(body, '(?m)^mode[ \t]*:[ \t]*([a-z]+)', 1) AS mode,
    regexp_extract_all(body, '(?m)^mx[ \t]*:[ \t]*([^ \t\r\n]+)', 1) AS mx
FROM (
    SELECT domain, protection,
        list_filter(texts(observed.sts.records), lambda x: starts_with(x, 'v=STSv1'))[1] AS sts,
        list_filter(observed.policy_host.fetches, lambda x: x.status = 200)[1].body->>'$' AS body
    FROM results)
WHERE protection IN ('enforced', 'testing', 'none');

-- Who has been testing, for how long as far as the id tells, and who could enforce today? Those for whom
-- nothing fails, and who would get their mail at each address of each MX host.
CREATE OR REPLACE VIEW testing AS
SELECT p.domain, p.published, date_diff('day', p.published, r.checked_at) AS days,
    r.status <> 'fail' AND len(r.delivery) > 0 AND len(list_filter(r.delivery,
        lambda x: coalesce(x.under_enforce, x.verdict) IS DISTINCT FROM 'delivers-verified')) = 0 AS ready
FROM policies p JOIN results r USING (domain)
WHERE p.protection = 'testing' ORDER BY ready DESC, days DESC NULLS LAST, p.domain;

-- For how long do senders remember? 86400 is a day; less is hardly any protection.
CREATE OR REPLACE VIEW max_ages AS
SELECT max_age, round(max_age / 86400, 1) AS days, count(*) AS domains,
    count(*) FILTER (mode = 'enforce') AS enforced
FROM policies GROUP BY max_age ORDER BY domains DESC, max_age;

-- Which ids are those of many domains? These were published together, mostly by one provider.
CREATE OR REPLACE VIEW policy_ids AS
SELECT id, published, count(*) AS domains, count(DISTINCT mx) AS mx_lists, min(domain) AS for_instance
FROM policies GROUP BY id, published ORDER BY domains DESC, id;

-- Where do reports go?
CREATE OR REPLACE VIEW report_destinations AS
SELECT provider(host) AS destination, count(DISTINCT domain) AS domains
FROM (
    SELECT domain, unnest(regexp_extract_all(array_to_string(texts(observed.tlsrpt.records), ' '),
        '(?:mailto:[^@,; ]*@|https://)([^,;/?: !]+)', 1)) AS host
    FROM results)
GROUP BY destination ORDER BY domains DESC, destination;

-- What is new, worse or gone since the results that --baseline named?
CREATE OR REPLACE VIEW changed AS
SELECT domain, change, status, rule, reason, subject FROM problems WHERE change IN ('new', 'worse')
UNION ALL
SELECT r.domain, 'gone', g.status, g.rule, g.reason, g.subject FROM results r, unnest(r.baseline.gone) u(g)
ORDER BY domain, change, rule;

-- What differs from another run, whatever it was compared with? FROM changed_since('last.jsonl')
CREATE OR REPLACE MACRO changed_since(files) AS TABLE
SELECT domain, b.protection AS before, r.protection AS now, b.status AS status_before, r.status AS status_now
FROM run(files) b FULL JOIN results r USING (domain)
WHERE b.error IS NULL AND (b.protection, b.status) IS DISTINCT FROM (r.protection, r.status)
ORDER BY domain;

FROM protection_by_tld LIMIT 20;
FROM most_frequent LIMIT 20;
FROM failing LIMIT 20;
FROM failing_providers LIMIT 20;
FROM certificates_ending LIMIT 20;
FROM not_covered LIMIT 20;
FROM testing LIMIT 20;
FROM max_ages LIMIT 20;
FROM policy_ids LIMIT 20;
FROM report_destinations LIMIT 20;
FROM changed LIMIT 20;
