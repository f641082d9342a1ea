package publish_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"mtasts/internal/fact"
	"mtasts/internal/publish"
	"mtasts/internal/rule"
)

// long are so many destinations that their record has several character-strings.
func long() []string {
	var list []string
	for i := range 12 {
		list = append(list, fmt.Sprintf("mailto:reports-%02d@collector.example.net", i))
	}
	return list
}

// rich is a plan with every type of record, one to remove, sets of several, and a long one.
func rich(t *testing.T, dns publish.Notation) *publish.Plan {
	t.Helper()
	o := edit(sound(), func(o *fact.Observation) {
		o.STS.Aliases = []string{"_mta-sts.provider.example.net"}
		o.MX.Records, o.Hosts = nil, []fact.MailHost{{Name: "example.com", Implicit: true}}
	})
	w := wish()
	w.Host.Addresses, w.RUA, w.DNS = addrs("192.0.2.10", "192.0.2.11", "2001:db8::10"), long(), dns
	return plan(t, o, w)
}

// wire is records as name servers compare them: sorted, without their TTL.
func wire(t *testing.T, zone string) []string {
	t.Helper()
	list := []string{}
	parser := dns.NewZoneParser(strings.NewReader(zone), ".", "")
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		if rr.Header().Ttl != 3600 {
			t.Errorf("%v has another TTL", rr)
		}
		if x, ok := rr.(*dns.TXT); ok {
			for _, s := range x.Txt {
				if len(s) > 255 {
					t.Errorf("a character-string of %d bytes", len(s))
				}
			}
			x.Txt = []string{strings.Join(x.Txt, "")}
		}
		list = append(list, rr.String())
	}
	if err := parser.Err(); err != nil {
		t.Fatalf("no zone file: %v\n%s", err, zone)
	}
	slices.Sort(list)
	return list
}

// zoneOf is the records of a plan as they stand in it.
func zoneOf(records []rule.Record) string {
	var b strings.Builder
	for _, r := range records {
		if r.Value != "" {
			fmt.Fprintf(&b, "%s %d IN %s %s\n", r.Name, r.TTL, r.Type, r.Value)
		}
	}
	return b.String()
}

// A zone file's reader finds the plan's records in both notations, and those to remove in comments.
func TestZoneFiles(t *testing.T) {
	for _, notation := range []publish.Notation{publish.Bind, publish.Cloudflare} {
		p := rich(t, notation)
		sheet := p.RecordSheet()
		want := wire(t, zoneOf(p.Records))
		if len(want) != 6 {
			t.Fatalf("%d records; want six", len(want))
		}
		if diff := cmp.Diff(want, wire(t, sheet.Text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", notation, diff)
		}
		if !strings.Contains(sheet.Text, "; remove: _mta-sts.example.com. CNAME\n") {
			t.Errorf("%s does not say what to remove:\n%s", notation, sheet.Text)
		}
	}
}

// batch is what the AWS command line reads as a change batch: these members and no others.
type batch struct {
	Comment string
	Changes []struct {
		Action            string
		ResourceRecordSet struct {
			Name, Type      string
			TTL             int64
			ResourceRecords []struct{ Value string }
		}
	}
}

// The change batch has one change a set, and values in the form of a zone file (Route 53's own).
func TestRoute53(t *testing.T) {
	p := rich(t, publish.Route53)
	d := json.NewDecoder(strings.NewReader(p.RecordSheet().Text))
	d.DisallowUnknownFields()
	var b batch
	if err := d.Decode(&b); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Errorf("there is something behind it: %v", err)
	}
	if n := len(b.Comment); n == 0 || n > 256 {
		t.Errorf("a comment of %d characters", n)
	}
	var zone strings.Builder
	sets := map[string]bool{}
	for _, c := range b.Changes {
		rs := c.ResourceRecordSet
		if c.Action != "UPSERT" || sets[rs.Name+rs.Type] {
			t.Errorf("%s %s %s: not an UPSERT, or twice", c.Action, rs.Name, rs.Type)
		}
		sets[rs.Name+rs.Type] = true
		for _, r := range rs.ResourceRecords {
			fmt.Fprintf(&zone, "%s %d IN %s %s\n", rs.Name, rs.TTL, rs.Type, r.Value)
		}
	}
	if diff := cmp.Diff(wire(t, zoneOf(p.Records)), wire(t, zone.String())); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestTerraform(t *testing.T) {
	const want = `# For the provider hashicorp/aws: records of Route 53.

variable "zone_id" {
  type        = string
  description = "hosted zone of example.com"
}

# remove: _mta-sts.example.com. CNAME

resource "aws_route53_record" "mta_sts_mx" {
  zone_id = var.zone_id
  name    = "example.com"
  type    = "MX"
  ttl     = 3600
  records = ["10 example.com."]
}

resource "aws_route53_record" "mta_sts_host_a" {
  zone_id = var.zone_id
  name    = "mta-sts.example.com"
  type    = "A"
  ttl     = 3600
  records = ["192.0.2.10", "192.0.2.11"]
}

resource "aws_route53_record" "mta_sts_host_aaaa" {
  zone_id = var.zone_id
  name    = "mta-sts.example.com"
  type    = "AAAA"
  ttl     = 3600
  records = ["2001:db8::10"]
}

resource "aws_route53_record" "tls_reports" {
  zone_id = var.zone_id
  name    = "_smtp._tls.example.com"
  type    = "TXT"
  ttl     = 3600
  records = ["v=TLSRPTv1; rua=LONG"]
}

resource "aws_route53_record" "mta_sts_record" {
  zone_id = var.zone_id
  name    = "_mta-sts.example.com"
  type    = "TXT"
  ttl     = 3600
  records = ["v=STSv1; id=20260131120000Z"]
}
`
	got := rich(t, publish.Terraform).RecordSheet().Text
	// The provider parts character-strings at "".
	rua := strings.Join(long(), ",")
	cut := 255 - len("v=TLSRPTv1; rua=")
	if rua = rua[:cut] + `\"\"` + rua[cut:]; !strings.Contains(got, rua) {
		t.Errorf("the long record is not parted so: %s", rua)
	}
	if diff := cmp.Diff(want, strings.Replace(got, rua, "LONG", 1)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each resource has a name of its own, also where both records stand elsewhere.
func TestTerraformNames(t *testing.T) {
	o := edit(sound(), func(o *fact.Observation) {
		o.STS.Aliases, o.TLSRPT.Aliases = []string{"sts.example.com"}, []string{"reports.example.com"}
	})
	w := wish()
	w.DNS, w.RUA = publish.Terraform, []string{"mailto:a@example.com"}
	text := plan(t, o, w).RecordSheet().Text
	for _, name := range []string{"mta_sts_record", "tls_reports"} {
		if n := strings.Count(text, `resource "aws_route53_record" "`+name+`"`); n != 1 {
			t.Errorf("%d resources are called %s:\n%s", n, name, text)
		}
	}
}

// A URI may have what begins a template elsewhere.
func TestTerraformEscapes(t *testing.T) {
	w := wish()
	w.DNS, w.RUA = publish.Terraform, []string{"https://example.com/$%7Bx%7D"}
	if got := plan(t, bare(), w).RecordSheet().Text; !strings.Contains(got, `rua=https://example.com/$%7Bx%7D"`) {
		t.Errorf("the URI is not as it was:\n%s", got)
	}
}

// Each server's configuration serves the one path, as text/plain, under the host's certificate, and has
// no redirect.
func TestServerSheets(t *testing.T) {
	for _, server := range publish.Servers() {
		w := wish()
		w.Server = server
		sheet, ok := plan(t, bare(), w).ServerSheet()
		if ok != (server != publish.NoServer) {
			t.Errorf("%s: a configuration: %v", server, ok)
		}
		if !ok {
			continue
		}
		for _, want := range []string{"mta-sts.example.com", "/.well-known/mta-sts.txt", "text/plain", "/var/www/mta-sts.example.com"} {
			if !strings.Contains(sheet.Text, want) {
				t.Errorf("%s has no %s:\n%s", server, want, sheet.Text)
			}
		}
		if server != publish.Caddy && !strings.Contains(sheet.Text, "/etc/letsencrypt/live/mta-sts.example.com/privkey.pem") {
			t.Errorf("%s has no certificate:\n%s", server, sheet.Text)
		}
	}
}

// Where a policy is served already, the server needs no configuration unless it is asked for.
func TestServerThatServes(t *testing.T) {
	if sheet, ok := plan(t, sound(), wish()).ServerSheet(); ok {
		t.Errorf("there is one:\n%s", sheet.Text)
	}
	w := wish()
	w.Server = publish.Caddy
	if _, ok := plan(t, sound(), w).ServerSheet(); !ok {
		t.Error("there is none, though it was asked for")
	}
}

// The files have names of their own, and the policy is where a web server looks below its root.
func TestFiles(t *testing.T) {
	for _, notation := range publish.Notations() {
		w := wish()
		w.DNS = notation
		p := plan(t, bare(), w)
		files := map[string]string{}
		for _, f := range p.Files() {
			files[f.Name] = f.Text
		}
		if len(files) != 4 || files[".well-known/mta-sts.txt"] != p.PolicyText() || files[p.RecordSheet().Name] == "" || files["steps.txt"] == "" {
			t.Errorf("%s: files %v", notation, files)
		}
	}
}

// The text of all has each block as it is, and nothing else that is no comment.
func TestText(t *testing.T) {
	for _, notation := range publish.Notations() {
		w := wish()
		w.DNS = notation
		p := plan(t, bare(), w)
		text := p.Text()
		server, _ := p.ServerSheet()
		for _, block := range []string{p.PolicyText(), p.RecordSheet().Text, server.Text} {
			before, after, ok := strings.Cut(text, block)
			if !ok {
				t.Fatalf("%s: this is missing:\n%s", notation, block)
			}
			text = before + after
		}
		for line := range strings.Lines(text) {
			if line != "\n" && line[0] != '#' && line[0] != ';' {
				t.Errorf("%s: no comment: %q", notation, line)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	var got struct {
		Schema  int
		Domain  string
		Records []rule.Record
		Policy  rule.File
		Server  struct{ Kind, Path, Content string }
		Steps   []publish.Step
		Notes   []string
	}
	p := plan(t, bare(), wish())
	if err := json.Unmarshal([]byte(p.JSON()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != publish.Schema || got.Domain != "example.com" || got.Policy != p.File() || got.Server.Kind != "nginx" || got.Notes == nil {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(p.Records, got.Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(p.Steps, got.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}
