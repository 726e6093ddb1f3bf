import type { Messages } from './messages.ts';
import { say, strong } from './sentence.ts';

/** The pages that answer a question with a chart. */
export const jaQuestions: Pick<
  Messages,
  'home' | 'versions' | 'editions' | 'architectures' | 'age' | 'countries' | 'epel'
> = {
  home: {
    title: (name) => `${name} は何台のシステムで動いているか`,
    description: (name, sentence) => `${sentence}${name} の台数を、誰も追跡せずに毎週数えています。`,
    lastWeek: (count, name) => say`先週は約 ${count} 台の ${name} システムがチェックインしました。`,
    earlierWeek: (count, name, days) => say`${days}の週は、約 ${count} 台の ${name} システムがチェックインしました。`,
    notLast: {
      withheld: '最新の週は、数を示せるほどのシステムがチェックインしませんでした。数のある最後の週を示しています。',
      held: '最新の週は値が不自然で確認が済んでいないため、保留しています。ここに示すのは、その前の問題のない週の数字です。',
      missing: '最新の週には数字がありません。ここに示すのは、その前の問題のない週の数字です。',
      excluded: '最新の週は除外されています。ここに示すのは、その前の問題のない週の数字です。',
      doubtful:
        '最新の週はログの品質が C です。理由はその週のページにあります。ここに示すのは、その前の問題のない週の数字です。',
    },
    onlyDoubtful: 'この週はログの品質が C です。理由はその週のページにあります。数字をほかの週と比べないでください。',
    durations: (established, fresh, span) =>
      say`うち ${established} 台は${span.established}稼働しています。${fresh} 台は新規か、コンテナやテスト機のような短命のシステムです。`,
    trend: (direction, percent, of, span, between) => {
      const what = of === 'established' ? `${span.established}稼働しているシステムは、` : '';
      const how = {
        up: strong(say`約 ${percent} 増えました`),
        down: strong(say`約 ${percent} 減りました`),
        level: strong(say`ほぼ同じです（${percent}）`),
        unclear: say`${percent} です。数を丸めているため、これ以上のことは言えません`,
      }[direction];
      return say`3 か月前と比べて、${what}${how}${between === '' ? '' : `（この間の出来事：${between}）`}。`;
    },
    trendUnknown: {
      'too-few-weeks': '増減を判断できるだけの週が、まだそろっていません。',
      rollout: '数え始めたばかりのシステムが多いため、増減は計算していません。',
    },
    event: (text, day) => `${text}、${day}`,
    promise:
      'どのシステムも、週に一度「数えてください」と伝えるだけです。それが誰のもので、どこにあるのかは、私たちにはわかりません。',
    howWeCount: '集計方法',
    whatWeCannotSee: '見えないもの',
    sureness: 'どのくらい確かか：',
    sure: (days, quality) =>
      say`${days}：${quality}。これはログについての評価です。ログが完全でも、この数字には次のシステムが含まれていません。`,
    missing: (percent) => [
      `めったに問い合わせないシステム：ほとんどが毎日更新を確かめるサーバーの約 ${percent('servers')}、週に 1 回手作業で更新するサーバーの約 ${percent('by-hand')}、週に何日か使うノート PC の約 ${percent('laptops')}、週に 1 日以下しか使わないノート PC の約 ${percent('rarely-on')}。`,
      `コンテナやテスト機など、数時間で消えるシステム：その約 ${percent('containers')}。`,
      '私たちに問い合わせることのないシステムのすべて：独自のミラー（Satellite、Pulp）を使うもの、ミラー一覧を使わないイメージ、集計を止めたもの、通信を遮断されたもの。その数は、どのログからもわかりません。',
    ],
    missingNote:
      'この割合は、dnf で数える架空のシステム群で測ったもので、実際とは異なります。実際の台数はこの数字より多くなります。例外は 2 回数えられるもの（リリースの週のアップグレード、ビルドツール、数えるプログラムが二つあるシステム）と、他人が偽ったチェックインです。',
    missingLink: '何を、どのシステム群で測ったか',
    disagree: (share, low, high) =>
      say`リポジトリ間の差は ${share}（${low}～${high} 台）です。どのリポジトリでも数えられないものについては、何もわかりません。`,
    chartTitle: '毎週、何台のシステムがチェックインしているか',
    chartSummary: (count, days, established, span) =>
      say`${days}の週は ${count} 台。うち ${established} 台は${span.established}稼働しています。`,
    established: (span) => `継続：${span.established}`,
    fresh: '新規・短命',
    ageUnknown: '期間は非表示',
    allSystems: '合計',
    logarithmicUnit: '合計台数（対数目盛り）',
    cards: '四つの答え',
    cardVersions: 'どのバージョンか',
    cardArchitectures: 'どのプロセッサーか',
    cardCountries: 'どこか',
    cardAge: 'どのくらい長く動いているか',
    versionsAnswer: (share, version, weeks) => say`${share} が ${version} を使っています${weeks}。`,
    weeksAfterRelease: (weeks) => `（公開から ${weeks} 週間）`,
    architecturesAnswer: (share, arch) => say`${share} が ${arch} で動いています。`,
    countriesAnswer: (share, country, count) =>
      say`最も多いのは${country}で ${share}。${count} の国・地域に数字があります。`,
    noCountries: '国・地域は不明です。',
    ageAnswer: (share, span) => say`${share} が${span.oldest}稼働しています。`,
    newsTitle: '今週の変化',
    nothingUnusual: '目立った変化はありません。',
    newsUnknown: '前の週と比べることができません。',
    newsTotal: (change, after) => say`合計：${change}（${after} 台）`,
    newsGroup: (column, name, change, after) => {
      const what = { version: `バージョン ${name}`, edition: `エディション ${name}`, arch: name }[column];
      return say`${what}：${change}（${after} 台）`;
    },
    newsNotStated: (change, after) => say`エディションの記載なし：${change}（${after} 台）`,
    noise: '2% 未満の変化はどの週にも起こるため、取り上げません。',
    bulletin: 'この週のすべての数字',
  },
  versions: {
    title: 'どのバージョンが使われているか',
    lead: (share, version, count) => say`システムの ${share}（${count} 台）がバージョン ${version} です。`,
    countTitle: '各バージョンは何台で動いているか',
    unsupported: (count, share) => say`サポートが終了したバージョン：${count} 台（${share}）。`,
    noUnsupported: '数字のあるバージョンは、すべてサポート期間中です。',
    minorTitle: (major) => `バージョン ${major} のどのマイナーリリースが使われているか`,
    minorLead: (share, version, major) => say`バージョン ${major} のシステムの ${share} が ${version} です。`,
    curvesTitle: '新しいバージョンへの移行はどのくらい速いか',
    curvesLead: (version, share, weeks) => say`${version} は公開から ${weeks}で、全システムの ${share} になりました。`,
    weeks: (count) => `${count} 週間`,
    curvesAxis: '公開からの週数',
    crossRelease: (count) =>
      say`この数字に含まないもの：自分とは別のリリースのリポジトリを求めたチェックイン ${count} 件。アップグレードの途中か、ビルド用のツールです。`,
    tableTitle: 'すべてのバージョン',
    ended: 'サポート終了',
    perMajor: 'はじめのグラフではマイナーリリースを合算し、その後のグラフで分けて示します。',
  },
  editions: {
    title: 'どのエディションが使われているか',
    lead: (share, name, count) => say`システムの ${share}（${count} 台）が ${name} です。`,
    leadNotStated: (share, count) => say`システムの ${share}（${count} 台）は、エディションを名乗っていません。`,
    overTime: 'エディションはどう変わってきたか',
    each: '各エディションはどう変わってきたか',
    eachLead: (first, most, last, least) => say`${first}（${most} 台）から ${last}（${least} 台）まで。`,
    notStated:
      '「エディションの記載なし」は、システムがエディションを名乗らないという意味です。最小構成やネットワークインストール、アップグレードを重ねたシステムに多く見られます。',
    tooFew: (k) => `「少数のため非表示」：${k} 台未満のグループを、そのまま示すことはありません。`,
  },
  architectures: {
    title: 'どのプロセッサーで動いているか',
    lead: (share, name, count) =>
      say`システムの ${share}（${count} 台）が ${name} で動いています。並べるとほかが見えなくなるため、グラフには ${name} 以外を示します。`,
    leadAlone: (share, name, count) => say`システムの ${share}（${count} 台）が ${name} で動いています。`,
    overTime: 'ほかのアーキテクチャはどう変わってきたか',
    each: '各アーキテクチャはどう変わってきたか',
    rounded: (k) => `どのグループも ${k} 台単位に丸めているため、まれなアーキテクチャの数字は粗くなります。`,
  },
  age: {
    title: 'システムはどのくらい長く使われるか',
    lead: (share, span) => say`システムの ${share} が${span.oldest}稼働しています。`,
    lifetimesTitle: '新しいシステムはどのくらい残るか',
    lifetimesLead: (arrivals, survival, span) =>
      say`毎週およそ ${arrivals} 台が現れ、${span.later}にもその約 ${survival} が残っています。`,
    arrivals: '毎週の新規',
    survival: (span) => `${span.later}に残る割合`,
    derived: {
      'two-weeks':
        '一つの週から計算しています。「2 週間未満」は 2 週分、「2～4 週間」は 3 週分にあたります。毎週の新規は前者の 2 分の 1、残る割合は後者の 3 分の 1 を毎週の新規で割ったものです。',
      'one-week':
        '一つの週から計算しています。「最初の 1 週間」は 1 週分、「1～3 週間」は 3 週分にあたります。毎週の新規は前者そのもの、残る割合は後者の 3 分の 1 を毎週の新規で割ったものです。',
      mixed:
        '一つの週から、プログラムごとに計算しています。最も短い期間は dnf では 2 週分、rpm-ostree では 1 週分、その次はどちらも 3 週分にあたります。毎週の新規は dnf の最も短い期間の 2 分の 1 と rpm-ostree の最も短い期間の合計、残る割合は次の期間の 3 分の 1 を毎週の新規で割ったものです。プログラムがわからないものは、dnf と同じく 2 週分とします。',
    },
    repoBasis: (version) =>
      `バージョン ${version} までは、バージョンを上げると期間が数え直しになり、新しいシステムのように見えます。`,
    implausibleTitle: '信じられない稼働期間',
    implausible: (name, since, span) =>
      say`${name}：${since}以降、どの週も 9 割以上が${span.youngest}です。それより長くは残らないシステムか、再起動で稼働期間が失われるシステムです。合計には含めますが、継続には含めません。`,
    noImplausible: '現在はありません。',
    buckets: 'システムは、導入からの期間を 4 段階だけで伝えます。それより細かいことは伝えません。',
  },
  countries: {
    title: 'システムはどこにあるか',
    lead: (share, country, count) => say`システムの ${share}（${count} 台）が${country}からチェックインしています。`,
    unknown: (share) => say`${share} は国・地域が不明です。`,
    perPeopleTitle: '人口に対して多いのはどこか',
    perPeopleLead: (country, value) => say`人口 10 万人あたりで最も多いのは${country}で、${value} 台です。`,
    countTitle: '台数が多いのはどこか',
    population: (source) => `人口の出典：${source}`,
    rolledUp: 'システムの少ない国・地域は、大陸ごとにまとめています。',
    search: '国・地域を探す',
    none: '最新の週の国・地域は分かりません。ログがアドレスを隠しているか、国・地域を調べていないためです。',
    address: '国・地域は、ログを読みながらアドレスから調べます。アドレスはその場で破棄します。',
  },
  epel: {
    title: 'EPEL を使っている Enterprise Linux はどれか',
    warning: 'これは市場シェアではありません。',
    warningNote:
      'EPEL を使わないシステムや、Satellite やローカルミラーの内側にあるシステムは、ここには現れません。2 週間以上（rpm-ostree では 1 週間以上）稼働しているシステムだけを示します。',
    lead: (count, name, release) => say`${name} の ${count} 台が EPEL ${release} を使っています。`,
    overTime: (release) => `EPEL ${release} を使っているのはどのシステムか`,
    resolution: (release, share) =>
      say`EPEL ${release} で同じシステムを数えるリポジトリ間の差は、今週 ${share} です。それより小さい違いに意味はありません。`,
    changeYear: 'EPEL を使うシステムは 1 年間でどう変わったか',
    changeSince: (day) => `EPEL を使うシステムは ${day}からどう変わったか`,
    changeLead: (name, before, now, weeks) => {
      const when = weeks === 52 ? '1 年前' : `${weeks} 週間前`;
      return before === undefined
        ? say`${name} は ${now} 台です。${when}の数字はありません。`
        : say`${name} は ${now} 台です。${when}は ${before} 台でした。`;
    },
    notYear: (weeks) => `まだ 1 年分の数字がないため、問題のない最も早い週（${weeks} 週間前）と比べています。`,
    noChange: '比べられる週はまだありません。',
    rollout: 'この間に、以前からあったシステムの一部が数えられるようになりました。差は増加を意味しません。',
    neverAdded:
      'この数字を、ディストリビューション自身の数字に足すことはありません。多くのシステムが両方に含まれるからです。',
    tableTitle: '今週の数字',
    release: 'EPEL のリリース',
    system: 'システム',
    ofRelease: 'このリリースに占める割合',
  },
};
