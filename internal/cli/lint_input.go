package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"golang.org/x/net/publicsuffix"

	"mtasts/internal/fact"
	"mtasts/internal/lint"
)

// input reads what was given.
func (o *lintOptions) input(ctx context.Context, sys System, args []string) (lint.Input, error) {
	in := lint.Input{
		At: sys.Net.Now(), Version: sys.Version, Domain: o.domain,
		Records: o.records, Reports: o.reports, MX: o.mx,
	}
	if o.zone != "" {
		if err := o.readZone(ctx, sys.In, &in); err != nil {
			return in, err
		}
	}
	if len(args) > 0 {
		body, err := readGiven(ctx, sys.In, args[0], fact.BodyLimit)
		if err != nil {
			return in, notADomain(err, args[0])
		}
		in.Policy = &lint.Policy{Name: givenName(args[0]), Body: body}
	}
	return in, nil
}

// readZone reads the zone file, and takes the domain from it unless the user says which.
func (o *lintOptions) readZone(ctx context.Context, stdin io.Reader, in *lint.Input) error {
	data, err := readGiven(ctx, stdin, o.zone, lint.MaxZone)
	if err != nil {
		return err
	}
	in.Zone, err = lint.ReadZone(ctx, data, givenName(o.zone), o.domain)
	switch {
	case ctx.Err() != nil:
		return exitInterrupted
	case err != nil:
		return err
	}
	in.Domain = in.Zone.Domain
	if _, err := domainName(in.Domain); err != nil {
		return fmt.Errorf("%s: the zone is that of %q, which is no mail domain: %w", in.Zone.Name, in.Domain, err)
	}
	return nil
}

// givenName is how findings call a file.
func givenName(name string) string {
	if name == stdinName {
		return fact.Stdin
	}
	return name
}

func readGiven(ctx context.Context, stdin io.Reader, name string, limit int64) ([]byte, error) {
	if name == stdinName {
		return readAll(interruptible{ctx, stdin}, "standard input", limit)
	}
	return readFile(ctx, name, limit)
}

// notADomain points whoever names a domain in place of a file to the command that takes one.
func notADomain(err error, name string) error {
	domain, bad := parseDomain(name)
	if bad != nil || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(domain, ".") {
		return err
	}
	if _, known := publicsuffix.PublicSuffix(domain); !known {
		return err
	}
	return fmt.Errorf("%w; lint reads a file, and the domain is looked at by mtasts check %s", err, domain)
}
