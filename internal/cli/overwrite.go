package cli

import "fmt"

// userFile is a file that the user named, with what it was named for: "--output csv", "--baseline".
type userFile struct{ what, name string }

// stdinPath is where systems that have it show what standard input was redirected from.
const stdinPath = "/dev/stdin"

// checkOverwrites refuses to write to what is read, and two things to one file.
func checkOverwrites(read, written []userFile) error {
	for i, w := range written {
		for _, r := range append(read, userFile{"standard input", stdinPath}) {
			if sameFile(w.name, r.name) {
				return fmt.Errorf("%s %s would overwrite the file of %s", w.what, w.name, r.what)
			}
		}
		for _, other := range written[:i] {
			if sameFile(w.name, other.name) {
				return fmt.Errorf("%s and %s cannot both be written to %s", other.what, w.what, w.name)
			}
		}
	}
	return nil
}

// written are the files of the output.
func (o *outputOptions) written() []userFile {
	var list []userFile
	for _, t := range o.all() {
		if !t.onStdout() {
			list = append(list, userFile{"--output " + t.format, t.file})
		}
	}
	return list
}
