package cli_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"mtasts/internal/cli"
	"mtasts/internal/fact"
	"mtasts/internal/lab"
	"mtasts/internal/rule"
	"mtasts/internal/sts"
)

// clash tells that two faults do not go together.
func clash(a, b fault) bool {
	within := func(x, y string) bool { return x == y || strings.HasPrefix(x, y+"/") }
	for _, x := range strings.Fields(a.place) {
		for _, y := range strings.Fields(b.place) {
			if within(x, y) || within(y, x) {
				return true
			}
		}
	}
	return false
}

// draw is a combination of up to so many faults, in the order of the table: what is wrong with a
// policy's form comes last.
func draw(rng *rand.Rand, all []fault, most int) []fault {
	var picked []int
	for _, i := range rng.Perm(len(all)) {
		if !slices.ContainsFunc(picked, func(j int) bool { return clash(all[i], all[j]) }) {
			picked = append(picked, i)
		}
		if len(picked) == most {
			break
		}
	}
	slices.Sort(picked)
	var list []fault
	for _, i := range picked {
		list = append(list, all[i])
	}
	return list
}

// known are combinations that once did not end well.
func known() [][]string {
	return [][]string{
		{"record multiple", "policy/mode mode: Enforce"},
		{"record v=STSv1 ; id=5", "policy/line "},
		{"record v=STSv1 id=5", "policy/mx2 mx: *"},
		{"record v=STSv1; id=1; id=2", "mx/more uncovered"},
		{"record delegated", "policy/max_age max_age: -1"},
		{"record missing", "policy elsewhere"},
		{"record missing", "report v=TLSRPTv1 rua=mailto:a@example.com", "policy 404"},
		{"policy/mode mode: Enforce", "policy/form policy/key one line"},
		{"policy/mode policy/key modes: enforce", "policy/form \\n"},
		{"serving 404 at one address", "policy/max_age max_age: 0000604800"},
		{"serving 404 at one address", "policy/mx2 mx: *.192.0.2.12"},
		{"record spf beside", "policy/max_age max_age: 31557600", "policy/line note: a:b"},
		{"policy/mode mode: Enforce", "policy/line note: caf\u00e9"},
	}
}

// pick are the faults of those places and names.
func pick(t *testing.T, all []fault, names []string) []fault {
	t.Helper()
	var list []fault
	for _, name := range names {
		i := slices.IndexFunc(all, func(f fault) bool { return f.place+" "+strings.TrimRight(f.name, "\n") == name })
		if i < 0 {
			t.Fatalf("there is no fault %q", name)
		}
		list = append(list, all[i])
	}
	return list
}

// sceneOf is the sound domain with all these faults.
func sceneOf(list []fault) string {
	text, lines := soundPolicy, ""
	for _, f := range list {
		lines += f.lab
		if f.edit != nil {
			text = f.edit(text)
		}
	}
	return fmt.Sprintf("sound example.com\nhttps 192.0.2.10 2001:db8::10\n    body-quoted %q\n%s", text, lines)
}

func nameOf(list []fault) string {
	name := ""
	for _, f := range list {
		name += fmt.Sprintf("+ %s %q ", f.place, f.name)
	}
	return strings.Trim(name, "+ ")
}

// Whatever is wrong, publishing all that is printed mends it: each fault alone, and combinations.
func TestFixesConverge(t *testing.T) {
	t.Parallel()
	const combinations, most = 100, 4
	rng := rand.New(rand.NewPCG(8461, 8460))
	all := faults()
	sets := make([][]fault, 0, len(all)+combinations)
	for _, f := range all {
		sets = append(sets, []fault{f})
	}
	for _, names := range known() {
		sets = append(sets, pick(t, all, names))
	}
	for range combinations {
		sets = append(sets, draw(rng, all, 1+rng.IntN(most)))
	}
	for i, set := range sets {
		t.Run(nameOf(set), func(t *testing.T) {
			t.Parallel()
			newRepair(t, set, i%2 == 0).run()
		})
	}
}

// repair is an administrator who publishes what is printed.
type repair struct {
	*testing.T
	sys    cli.System
	lab    *lab.Lab
	faults []fault
	hasty  bool // goes to enforce without waiting for reports
}

func newRepair(t *testing.T, set []fault, hasty bool) *repair {
	t.Helper()
	scene := sceneOf(set)
	sys, l, err := labSystem(scene, "")
	if err != nil {
		t.Fatalf("%v:\n%s", err, scene)
	}
	t.Cleanup(func() { l.Close() })
	return &repair{t, sys, l, set, hasty}
}

// run publishes what is printed, at most twice, until nothing is left to publish.
func (r *repair) run() {
	const rounds = 2
	seen := r.check()
	if len(r.wrong(seen)) == 0 && slices.ContainsFunc(r.faults, func(f fault) bool { return !f.sound }) {
		r.Errorf("nothing is found wrong:\n%s", sceneOf(r.faults))
	}
	for round := 1; round <= rounds && len(r.wrong(seen)) > 0; round++ {
		r.contradictions(seen)
		for _, f := range seen.Findings {
			if f.Fix == nil || f.Rule == "policy-enforced" && !r.hasty {
				continue
			}
			if err := r.lab.Apply(f.Fix.Records, f.Fix.File); err != nil {
				r.Errorf("round %d: %s: %v", round, f.Rule, err)
			}
		}
		before := seen
		seen = r.check()
		r.kept(before, seen)
	}
	for _, f := range r.wrong(seen) {
		r.Errorf("still there: %s", describe([]rule.Finding{f}))
	}
	if r.Failed() {
		r.Logf("the scene was\n%s", sceneOf(r.faults))
	}
}

func (r *repair) check() rule.Result {
	var out, complaints bytes.Buffer
	r.sys.Out, r.sys.Err = &out, &complaints
	if code := cli.Run(r.Context(), r.sys, []string{"check", "--json", "example.com"}); code == 2 {
		r.Fatal(complaints.String())
	}
	var list []rule.Result
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) != 1 {
		r.Fatalf("%v: %s", err, out.String())
	}
	valid(r.T, manyResults, out.String())
	return list[0]
}

// wrong are the findings that have to go. That a policy is not in enforce may stay.
func (r *repair) wrong(seen rule.Result) []rule.Finding {
	return slices.DeleteFunc(slices.Clone(seen.Findings), func(f rule.Finding) bool {
		return f.Status == rule.Pass || f.Status == rule.Info || f.Rule == "policy-enforced" && f.Reason == "testing" && r.lost()
	})
}

// lost tells that the mode cannot be enforce again by what is printed alone.
func (r *repair) lost() bool {
	return slices.ContainsFunc(r.faults, func(f fault) bool { return f.lost })
}

// kept tells what an administrator would miss after a round: the mode, a sound MX host, a new id
// for a new policy.
func (r *repair) kept(before, after rule.Result) {
	policy, _ := sts.ParsePolicy([]byte(served(after)))
	if policy.Mode != sts.Enforce && (policy.Mode != sts.Testing || !r.lost()) {
		r.Errorf("the mode is now %q", policy.Mode)
	}
	for _, host := range []string{"mx1.example.com", "mx2.example.com"} {
		if _, ok := policy.Find(host); !ok {
			r.Errorf("the policy has lost %s:\n%s", host, served(after))
		}
		if !slices.ContainsFunc(after.Observed.MX.Records, func(mx fact.Record) bool { return mx.Host == host }) {
			r.Errorf("the MX records have lost %s", host)
		}
	}
	// Senders may hold the sound policy of before, where none is served any more.
	texts := sts.Select(before.Observed.STS.Texts())
	if cmp.Or(served(before), soundPolicy) != served(after) && slices.Equal(texts, sts.Select(after.Observed.STS.Texts())) {
		r.Errorf("the policy has changed, the id has not: %q", texts)
	}
}

// served is the policy that the first address of the policy host serves.
func served(seen rule.Result) string {
	if fetches := seen.Observed.Host.Fetches; len(fetches) > 0 && fetches[0].Status == 200 {
		return string(fetches[0].Body)
	}
	return ""
}

// contradictions tells of two findings that print different records for one name and type, or
// different files for one URL.
func (r *repair) contradictions(seen rule.Result) {
	records, files := map[string][]string{}, map[string]string{}
	for _, f := range seen.Findings {
		if f.Fix == nil {
			continue
		}
		for key, values := range recordSets(f.Fix.Records) {
			if old, ok := records[key]; ok && !slices.Equal(old, values) {
				r.Errorf("%s %s prints other records for %s: %s", f.Rule, f.Reason, key, gocmp.Diff(old, values))
			}
			records[key] = values
		}
		if f.Fix.File == nil || anotherFile(f) {
			continue
		}
		if old, ok := files[f.Fix.File.Path]; ok && old != f.Fix.File.Content {
			r.Errorf("%s %s prints another file: %s", f.Rule, f.Reason, gocmp.Diff(old, f.Fix.File.Content))
		}
		files[f.Fix.File.Path] = f.Fix.File.Content
	}
}

// recordSets are the values of each name and type.
func recordSets(records []rule.Record) map[string][]string {
	sets := map[string][]string{}
	for _, rec := range records {
		key := rec.Name + " " + rec.Type
		sets[key] = append(sets[key], rec.Value)
		slices.Sort(sets[key])
	}
	return sets
}

// anotherFile tells the findings that print what is the administrator's choice.
func anotherFile(f rule.Finding) bool {
	return f.Rule == "policy-enforced" || f.Rule == "policy-mx-unused" || f.Rule == "policy-mx" && f.Reason == "too-wide"
}
