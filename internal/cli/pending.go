package cli

import (
	"io"

	"mtasts/internal/render"
)

func newCSV(w io.Writer) render.Writer                        { return render.NewJSONL(w) }
func newSARIF(w io.Writer, _ render.About) render.Writer      { return render.NewJSONL(w) }
func newJUnit(w io.Writer, _ render.About) render.Writer      { return render.NewJSONL(w) }
func newGitLab(w io.Writer) render.Writer                     { return render.NewJSONL(w) }
func newGitHub(w, _ io.Writer) render.Writer                  { return render.NewJSONL(w) }
func newPrometheus(w io.Writer, _ render.About) render.Writer { return render.NewJSONL(w) }
func newNagios(w io.Writer) render.Writer                     { return render.NewJSONL(w) }
