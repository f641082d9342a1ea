// Answers a file of SQL as CSV, by npm's package of an engine: node sql.js duckdb|clickhouse FILE.
const fs = require('node:fs')

const line = (values) => console.log(values.map((v) => v ?? '').join(','))

async function duckdb(sql) {
  const { DuckDBInstance } = require('@duckdb/node-api')
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const statements = await connection.extractStatements(sql)
  for (let i = 0; i < statements.count; i++) {
    const answer = await (await statements.prepare(i)).runAndReadAll()
    if (answer.columnName(0) === 'Count' || answer.columnCount < 2) continue // no question
    line(answer.columnNames())
    answer.getRowsJson().forEach(line)
  }
}

function clickhouse(sql) {
  const { Session } = require('chdb')
  const session = new Session()
  for (const statement of sql.replace(/--.*$/gm, '').split(';')) {
    if (statement.trim()) process.stdout.write(session.query(statement, 'CSV') ?? '')
  }
  session.cleanup()
}

const [engine, file] = process.argv.slice(2)
const answer = { duckdb, clickhouse }[engine](fs.readFileSync(file, 'utf8'))
Promise.resolve(answer).catch((err) => {
  console.error(err.message)
  process.exit(1)
})
