-- What a run found, asked in SQL: ClickHouse over the lines of mtasts check -o jsonl.
--
--   clickhouse local --queries-file clickhouse.sql     answers everything, over results.jsonl
--
-- In place of results.jsonl below there may be 'part-*.jsonl', the shares of a run, and files that gzip
-- made smaller. duckdb.sql asks more, and says more of the fields.

DROP TABLE IF EXISTS results;
CREATE TABLE results ENGINE = MergeTree ORDER BY domain AS
-- A line of the list that is no domain has an error and nothing else; one that was cut short is not whole.
SELECT * FROM file('results.jsonl', JSONEachRow, '
    domain String,
    error String,
    checked_at DateTime,
    status LowCardinality(String),
    protection LowCardinality(String),
    interrupted Bool,
    findings Array(Tuple(
        rule String, status String, reason String, subject String, change String, message String)),
    delivery Array(Tuple(
        mx String, address String, verdict String, under_enforce String)),
    certificates Array(Tuple(host String, port UInt16, not_after DateTime))
') WHERE error = '' AND NOT interrupted
SETTINGS date_time_input_format = 'best_effort';

-- How well are the top-level domains protected?
SELECT splitByChar('.', domain)[-1] AS tld, count() AS domains,
    countIf(protection = 'enforced') AS enforced, countIf(protection = 'testing') AS testing,
    countIf(protection = 'none') AS none, countIf(protection = 'broken') AS broken,
    countIf(protection = 'absent') AS absent, countIf(protection = 'unknown') AS unknown
FROM results GROUP BY tld ORDER BY domains DESC, tld LIMIT 20;

-- Which problems are most frequent?
SELECT f.status AS status, f.rule AS rule, f.reason AS reason, uniqExact(domain) AS domains, min(domain) AS for_instance
FROM results ARRAY JOIN findings AS f
WHERE f.status IN ('fail', 'unknown', 'warn')
GROUP BY ALL ORDER BY domains DESC, status, rule, reason LIMIT 20;

-- At which providers of MX hosts (their last two labels) would senders refuse to deliver if every policy
-- were in force?
SELECT arrayStringConcat(arraySlice(splitByChar('.', d.mx), -2), '.') AS provider,
    uniqExact(domain) AS domains, uniqExact(d.mx) AS hosts
FROM results ARRAY JOIN delivery AS d
WHERE if(d.under_enforce = '', d.verdict, d.under_enforce) = 'refuses'
GROUP BY provider ORDER BY domains DESC, provider LIMIT 20;

-- Which certificates end within 30 days of the look, and how many domains does each concern?
SELECT c.host AS host, c.port AS port, min(c.not_after) AS ends, uniqExact(domain) AS domains
FROM results ARRAY JOIN certificates AS c
GROUP BY host, port HAVING ends < max(checked_at) + INTERVAL 30 DAY ORDER BY ends, host LIMIT 20;

-- Which domains have an MX host that their policy does not cover?
SELECT domain, f.subject AS mx, f.status AS status, protection
FROM results ARRAY JOIN findings AS f
WHERE f.rule = 'mx-covered' AND f.status IN ('fail', 'warn') ORDER BY domain, mx LIMIT 20;

-- What is new or worse since the results that --baseline named?
SELECT domain, f.change AS change, f.status AS status, f.rule AS rule, f.reason AS reason, f.subject AS subject
FROM results ARRAY JOIN findings AS f
WHERE f.change IN ('new', 'worse') ORDER BY domain, rule LIMIT 20;
