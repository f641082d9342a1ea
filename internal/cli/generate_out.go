package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mtasts/internal/publish"
	"mtasts/internal/render"
)

// What --part takes.
const (
	partRecords = "records"
	partPolicy  = "policy"
	partServer  = "server"
)

// tell writes the plan in the form that was asked for.
func (o *generateOptions) tell(ctx context.Context, sys System, plan *publish.Plan) error {
	escapeTexts(plan)
	text := plan.Text()
	if o.out != "" {
		written, err := o.write(ctx, plan.Files())
		if err != nil {
			return err
		}
		text = written + "\n" + plan.StepText()
	}
	if o.output.isJSON() {
		text = plan.JSON()
	}
	if o.part != "" {
		var err error
		if text, err = onePart(plan, o.part); err != nil {
			return err
		}
	}
	_, err := io.WriteString(sys.Out, text)
	return err
}

// escapeTexts makes the sentences safe to show: they may quote what others publish.
func escapeTexts(plan *publish.Plan) {
	for i, note := range plan.Notes {
		plan.Notes[i] = render.Escape(note)
	}
	for i := range plan.Steps {
		plan.Steps[i].Text = render.Escape(plan.Steps[i].Text)
	}
}

// onePart is one of the texts, with nothing beside.
func onePart(plan *publish.Plan, part string) (string, error) {
	switch part {
	case partPolicy:
		return plan.PolicyText(), nil
	case partServer:
		sheet, ok := plan.ServerSheet()
		if !ok {
			return "", errors.New("a policy is served already: say with --server which server is to be configured")
		}
		return sheet.Text, nil
	}
	return plan.RecordSheet().Text, nil
}

// write puts the files into the directory, all of them or, where one is there already, none. It tells
// what was written.
func (o *generateOptions) write(ctx context.Context, files []publish.Sheet) (string, error) {
	for _, f := range files {
		name := filepath.Join(o.out, filepath.FromSlash(f.Name))
		if _, err := os.Lstat(name); err == nil && !o.force {
			return "", fmt.Errorf("%s is there already; --force overwrites it", name)
		}
	}
	var written strings.Builder
	for _, f := range files {
		name := filepath.Join(o.out, filepath.FromSlash(f.Name))
		if err := o.writeFile(ctx, name, f.Text); err != nil {
			return "", err
		}
		written.WriteString("wrote " + render.Escape(name) + "\n")
	}
	return written.String(), nil
}

// writeFile writes one. Everybody may read it: a web server has to serve it as another user.
func (o *generateOptions) writeFile(ctx context.Context, name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // see above
		return err
	}
	how := os.O_EXCL
	if o.force {
		how = os.O_TRUNC
	}
	f, err := openToWrite(ctx, name, how)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
