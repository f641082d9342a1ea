// Command job prints a file of YAML as JSON. With "job" behind its name the file has to be a Job as the
// API of Kubernetes has it, without a field that is not known there. recipes.sh builds it in a module of
// its own: what it needs is no part of mtasts.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	batch "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	if len(args) == 1 {
		data, err = yaml.YAMLToJSONStrict(data)
		fmt.Println(string(data))
		return err
	}
	var job batch.Job
	if err := yaml.UnmarshalStrict(data, &job); err != nil {
		return err
	}
	if job.APIVersion != "batch/v1" || job.Kind != "Job" || *job.Spec.CompletionMode != batch.IndexedCompletion {
		return errors.New("it is no Indexed Job")
	}
	return json.NewEncoder(os.Stdout).Encode(job)
}
