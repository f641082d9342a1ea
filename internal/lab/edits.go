package lab

// edits are what the words of a block ask for, made to the server of each address in turn.
type edits[T any] struct {
	here line // being read
	list []func(*T) error
}

// try makes an edit that can fail, and is then to blame on the line being read.
func (e *edits[T]) try(f func(*T) error) {
	here := e.here
	e.list = append(e.list, func(to *T) error {
		if err := f(to); err != nil {
			return here.locate(err)
		}
		return nil
	})
}

func (e *edits[T]) edit(f func(*T)) {
	e.try(func(to *T) error { f(to); return nil })
}

func (e *edits[T]) apply(to *T) error {
	for _, edit := range e.list {
		if err := edit(to); err != nil {
			return err
		}
	}
	return nil
}
