export interface Recipe {
  name: string;
  text: string;
}

/** Where the site's address is not known, a reader has to put it in. */
const UNKNOWN_ADDRESS = 'https://example.org';

/** Five ways to ask how many systems there are, each in one paste. `os` stands in them as a quoted text. */
export function recipes(siteUrl: string, os: string): Recipe[] {
  const site = siteUrl === '' ? UNKNOWN_ADDRESS : siteUrl;
  const [sql, quoted] = [`'${os.replaceAll("'", "''")}'`, JSON.stringify(os)];
  return [
    {
      name: 'curl + jq',
      text: `curl -s ${site}/api/v1/weeks.json |\n  jq -r '.weeks[-1] | "\\(.week_start): \\(.systems)"'`,
    },
    {
      name: 'sqlite3',
      text: `curl -sO ${site}/data/systems.sqlite
sqlite3 systems.sqlite "
  SELECT week_start, version, sum(systems) FROM systems
  WHERE os = ${sql} GROUP BY 1, 2 ORDER BY 1, 2"`,
    },
    {
      name: 'DuckDB',
      text: `duckdb -c "
  SELECT arch, sum(systems) AS systems
  FROM '${site}/data/systems.parquet'
  WHERE os = ${sql} AND week_start = (SELECT max(week_start) FROM '${site}/data/systems.parquet')
  GROUP BY arch ORDER BY systems DESC"`,
    },
    {
      name: 'pandas',
      text: `import pandas as pd
t = pd.read_csv("${site}/data/systems.csv", parse_dates=["week_start"], dtype={"version": str})
t[t.os == ${quoted}].pivot_table(index="week_start", columns="version", values="systems", aggfunc="sum").plot()`,
    },
    {
      name: 'R',
      text: `weeks <- read.csv("${site}/data/weeks.csv")
plot(as.Date(weeks$week_start), weeks$systems, type = "l", ylim = c(0, max(weeks$high, na.rm = TRUE)))`,
    },
  ];
}
