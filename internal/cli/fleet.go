package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/pflag"

	"mtasts/internal/scan"
)

// fleetOptions are about many domains.
type fleetOptions struct {
	concurrency int // 0: that of the machine
	qps         int // 0: as many as there are
	sparing     bool
	shard       shard
	resume      string
	baseline    string
}

// Bounds of --concurrency and --qps.
const (
	mostAtOnce = 10_000
	mostQPS    = 1_000_000
)

func (o *fleetOptions) add(fs *pflag.FlagSet) {
	fs.Func("concurrency", fmt.Sprintf("look at `N` domains at once (default %d for each processor)", scan.PerProcessor), count(&o.concurrency, mostAtOnce))
	fs.Func("qps", "ask the resolvers at most `N` questions a second", count(&o.qps, mostQPS))
	fs.BoolVar(&o.sparing, "sparing", false, "do not look for records in the wrong place where nothing is in the right one: half the questions of a list of which few publish MTA-STS")
	o.shard.add(fs)
	fs.StringVar(&o.resume, "resume", "", "leave out what `FILE` of -o jsonl has results of, and go on with it; the rest is added to it, unless -o jsonl names another place")
	fs.StringVar(&o.baseline, "baseline", "", "compare with `FILE` of -o jsonl, of an earlier run: only what is new or worse counts for the exit code")
}

// count is the setter of a flag that takes a number from 1 on.
func count(at *int, most int) func(string) error {
	return func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > most {
			return fmt.Errorf("it must be a number from 1 to %d", most)
		}
		*at = n
		return nil
	}
}

func (o *fleetOptions) plan(ordered bool) scan.Plan {
	p := scan.Plan{Workers: o.concurrency, Ordered: ordered}
	if p.Workers == 0 {
		p.Workers = scan.Workers()
	}
	return p
}

// sameFile tells that two names are those of one file, or would be.
func sameFile(a, b string) bool {
	if a == "" || b == "" || a == stdinName || b == stdinName {
		return false
	}
	if _, err := os.Stat(a); err != nil {
		return filepath.Clean(a) == filepath.Clean(b)
	}
	one, err := os.Stat(a)
	other, wrong := os.Stat(b)
	return errors.Join(err, wrong) == nil && one.Mode().IsRegular() && os.SameFile(one, other)
}
