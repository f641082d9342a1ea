package reports

import "time"

// MaxSkipped is how many reports are named that could not be read; the rest is counted.
const MaxSkipped = 100

// Analysis is what a pile of reports comes to: schema 1 of the JSON output.
type Analysis struct {
	Schema     int       `json:"schema"`
	Reports    int       `json:"reports"`    // that were counted
	Duplicates int       `json:"duplicates"` // of organisation, report id and range: counted once
	Skipped    []Skipped `json:"skipped"`    // meant as reports, and not readable; at most MaxSkipped, worst kinds first
	SkippedAll int       `json:"skipped_total"`
	Other      int       `json:"other"` // mails and files that have nothing to do with reports
	Notes      []Count   `json:"notes"` // deviations that were read all the same, and in how many reports
	Domains    []Domain  `json:"domains"`
	// Ready is the answer to --ready, by domain.
	Ready map[string]Readiness `json:"ready,omitempty"`
}

// Skipped is a report that could not be read, and why.
type Skipped struct {
	Source string `json:"source"` // file, and the part of it: "mail.mbox: mail 17: report.json.gz"
	Why    string `json:"why"`
}

// Count is a text and how often it occurs.
type Count struct {
	Text  string `json:"text"`
	Count int    `json:"count"`
}

// Domain is all that was reported of one policy domain; of those that name none it is "".
type Domain struct {
	Domain        string         `json:"domain"`
	From          time.Time      `json:"from"` // the earliest begin and the latest end of its reports
	To            time.Time      `json:"to"`
	Successful    int64          `json:"successful_sessions"`
	Failed        int64          `json:"failed_sessions"`
	Days          []Day          `json:"days"` // each day (UTC) from the first to the last, those without reports too
	Organizations []Organization `json:"organizations"`
	Hosts         []Host         `json:"mx_hosts"` // those that failures or policies name
	Failures      []Kind         `json:"failures"` // most sessions first
	Policies      []Seen         `json:"policies"` // as reporters saw them, the latest first
	// NoPolicy is the share of sessions, from 0 to 1, that saw no policy, among those that saw none or one
	// of MTA-STS, since the day of the first report that saw one of MTA-STS; 0 where none did. TLSA
	// records do not count: they are found whatever happens to the policy of MTA-STS.
	NoPolicy float64 `json:"no_policy_share"`
	// proof is what the reports prove, by the day of their begin.
	proof []proof
}

// Day is one UTC day. A report over several days counts on the first of them.
type Day struct {
	Date       string `json:"date"` // 2026-01-31
	Reports    int    `json:"reports"`
	Successful int64  `json:"successful_sessions"`
	Failed     int64  `json:"failed_sessions"`
}

// Organization is a sender of reports.
type Organization struct {
	Name       string    `json:"name"`
	Reports    int       `json:"reports"`
	Successful int64     `json:"successful_sessions"`
	Failed     int64     `json:"failed_sessions"`
	First      time.Time `json:"first"` // begin of its first report, end of its last
	Last       time.Time `json:"last"`
}

// Host is an MX host as reporters saw it.
type Host struct {
	MX       string   `json:"mx"`
	IPs      []string `json:"receiving_ips"` // that failures name
	Failed   int64    `json:"failed_sessions"`
	LastSeen string   `json:"last_failed,omitempty"` // day of its last failure
}

// Kind is one kind of failure, by organisation, MX host and reason.
type Kind struct {
	ResultType   string   `json:"result_type"`
	Organization string   `json:"organization"`
	MX           string   `json:"mx"` // empty where the sender names none
	Reason       string   `json:"reason,omitempty"`
	PolicyType   string   `json:"policy_type"`
	IPs          []string `json:"receiving_ips,omitempty"`
	Sessions     int64    `json:"sessions"`
	First        string   `json:"first"` // days
	Last         string   `json:"last"`
	Causes       []Cause  `json:"causes"` // likeliest first
	Fix          string   `json:"fix"`    // of the likeliest
	// Live is what a check of now says of it: "confirmed", "mended" (the check finds nothing of the kind) or
	// "unknown"; empty where there was none.
	Live string `json:"live,omitempty"`
	// days are those with sessions of the kind, the earliest first.
	days []daily
}

// daily is a number of sessions on a day.
type daily struct {
	date     string // 2026-01-31
	sessions int64
	until    string // the last day of which the reports tell that begin on this one
}

// Cause is a likely cause of a failure, as mtasts explain tells of it.
type Cause struct {
	Rule   string `json:"rule"` // "smtp-certificate:expired"
	Text   string `json:"text"`
	Reason string `json:"because,omitempty"` // why it is taken to be that: "the wildcard of the policy stands for one label"
}

// Seen is one policy as reporters saw it.
type Seen struct {
	Type          string    `json:"policy_type"`
	String        []string  `json:"policy_string"` // empty where the sender has none: it could not fetch one, or there is none
	Organizations []string  `json:"organizations"`
	Sessions      int64     `json:"sessions"`
	First         time.Time `json:"first"`
	Last          time.Time `json:"last"`
	// Held is who saw it when, in the order of Organizations: an old policy is in use for as long as one
	// of them does.
	Held []Held `json:"held"`
	// Current tells that it is the one that is published now; absent where that was not looked at.
	Current *bool `json:"current,omitempty"`
	// proved are the parts of Held in which there were sessions.
	proved []Held
}

// Held is one organisation's time with one policy.
type Held struct {
	Organization string    `json:"organization"`
	First        time.Time `json:"first"` // begin of its first report with the policy, end of its last
	Last         time.Time `json:"last"`
}

// The words of Readiness.Verdict.
const (
	IsReady       = "yes"
	NotReady      = "no"
	NotEnoughData = "not-enough-data"
)

// Readiness is the answer to "may this domain go to enforce?".
type Readiness struct {
	Verdict    string      `json:"verdict"`
	Conditions []Condition `json:"conditions"`
	Unproved   []string    `json:"unproved"` // what reports cannot show
}

// Condition is one of those that all have to hold.
type Condition struct {
	ID       string   `json:"id"`    // "days", "organizations", "recent-failures", "mx-seen", "policy-seen", "live"
	Holds    *bool    `json:"holds"` // null: not enough is known
	Evidence []string `json:"evidence"`
}
