package publish

// cloudflare is a file for the import of the dashboard and of the API, which take zone files (names in
// values with their final dot). The API's own form would need ids that nobody here knows. An import
// adds, and never replaces: the steps say what has to go first.
func (p *Plan) cloudflare() string { return zoneLines(p.Records) }
