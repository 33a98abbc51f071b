const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/**
 * A time of a crontab as systemd writes it (systemd.time, calendar events). Undefined where systemd has no words for it: cron
 * takes a day that fits one of two fields, systemd one that fits both. `cron` must be one that `isCron` takes.
 */
export function onCalendar(cron: string): string | undefined {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = cron.trim().split(/\s+/);
  if (day !== '*' && weekday !== '*') return undefined;
  // A step over weekdays is written out: names of days have none.
  const days = weekday === '*' ? '' : `${weekday.split(',').flatMap(namesOf).join(',')} `;
  return `${days}*-${field(month, 1)}-${field(day, 1)} ${field(hour, 0)}:${field(minute, 0)}:00`;
}

function field(text: string, least: number): string {
  return text
    .split(',')
    .map((part) => {
      const [range = '', step] = part.split('/');
      const from = range === '*' ? (step === undefined ? '*' : String(least)) : range.replace('-', '..');
      return step === undefined ? from : `${from}/${step}`;
    })
    .join(',');
}

function namesOf(part: string): string[] {
  const [range = '', step = '1'] = part.split('/');
  const [from = 0, to = part.includes('/') ? 6 : from] = range === '*' ? [0, 6] : range.split('-').map(Number);
  return weekdays.filter((_, i) => i >= from && i <= to && (i - from) % Number(step) === 0);
}
