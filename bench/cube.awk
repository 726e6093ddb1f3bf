# The peer's cube: week, request target and User-Agent, counted by the same status and method rules. It knows no
# countries, keeps no ledger and decodes nothing, so it has less to do than Rollcall.
BEGIN {
  FS = "\""
  count = split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", names, " ")
  for (i = 1; i <= count; i++) month[names[i]] = i
}

function weekOf(stamp,    year, m, day, a, y, days) {
  year = substr(stamp, 8, 4); m = month[substr(stamp, 4, 3)]; day = substr(stamp, 1, 2)
  a = int((14 - m) / 12); y = year + 4800 - a; m = m + 12 * a - 3
  days = day + int((153 * m + 2) / 5) + 365 * y + int(y / 4) - int(y / 100) + int(y / 400) - 32045 - 2440588
  return int((days - 4) / 7)
}

{
  split($3, status, " ")
  if ((status[1] != "200" && status[1] != "302") || substr($2, 1, 4) != "GET ") next
  stamp = substr($1, index($1, "[") + 1, 11)
  if (!(stamp in week)) week[stamp] = weekOf(stamp)
  cube[week[stamp] SUBSEP substr($2, 5, length($2) - 13) SUBSEP $6]++
}

END {
  for (key in cube) { cells++; hits += cube[key] }
  print hits, cells
}
