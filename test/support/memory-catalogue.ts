import type { CatalogueFiles } from '../../src/mirrors/catalogue/load.ts';
import { serviceConfiguration } from './mirror-service-configuration.ts';

/** A folder that is not on any disk: path -> text. */
export function memoryCatalogue(texts: Readonly<Record<string, string>>, configuration = 'config.yml'): CatalogueFiles {
  const notThere = () => Object.assign(new Error('no such file'), { code: 'ENOENT' });
  return {
    configuration,
    read: (path) => {
      const text = texts[path];
      if (text === undefined) throw notThere();
      return text;
    },
    list: (folder) => {
      const inside = Object.keys(texts).filter((path) => path.startsWith(`${folder}/`));
      if (inside.length === 0) throw notThere();
      return inside.map((path) => path.slice(folder.length + 1));
    },
  };
}

/** The made-up service configuration with these files in `mirrors.d`. */
export function folderWith(mirrors: Readonly<Record<string, string>>, configuration = serviceConfiguration()) {
  const files = Object.entries(mirrors).map(([name, text]) => [`mirrors.d/${name}`, text] as const);
  return memoryCatalogue({ 'config.yml': configuration, ...Object.fromEntries(files) });
}

/** A mirror file that is well, with further lines below. */
export function mirrorText(host: string, ...more: string[]): string {
  const lines = [
    `name: ${host}`,
    'address:',
    `  http: http://${host}/almalinux/`,
    `  https: https://${host}/almalinux/`,
    'update_frequency: 3h',
    'sponsor: Example Hosting',
    `sponsor_url: https://${host}/`,
    ...(more.some((line) => line.startsWith('geolocation')) ? [] : ['geolocation:', '  country: DE']),
    ...more,
  ];
  return `${lines.join('\n')}\n`;
}
