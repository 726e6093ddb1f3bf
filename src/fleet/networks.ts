import type { Random } from './random.ts';
import { createLottery, pick } from './random.ts';

/**
 * Where addresses come from: country, weight, hours ahead of UTC, and blocks that the registries have given to that
 * country (`a.b.` stands for a /16, `a.b.c.` for a /20, `xxxx:yyyy:` for a /32). The weights are a guess at where
 * servers and workstations with an enterprise Linux stand; half of them in five countries.
 */
const COUNTRIES = `
US 2300 -6 8.22. 18.174. 28.238. 44.83. 63.13. 72.7. 98.91. 131.153. 144.237. 162.3. 173.39. 208.153. 2001:440: 2001:4f0: 2001:55d:
DE 1050 1 5.7. 51.30. 53.98. 53.240. 79.213. 84.172. 89.246. 93.210. 134.91. 141.72. 164.31. 213.69. 2001:63d: 2001:65c: 2001:7b0:
FR 700 1 77.136. 82.228. 88.168. 91.161. 129.183. 176.154. 2001:666: 2001:900: 2001:abc:
GB 480 0 25.27. 31.114. 80.1. 90.202. 139.166. 176.26. 2001:798: 2001:8b5: 2001:9df:
JP 460 9 58.90. 116.64. 126.186. 150.89. 183.77. 220.39. 2001:16: 2001:300: 2400:2410:
NL 430 1 48.199. 84.80. 130.139. 145.58. 145.163. 188.204. 2001:607: 2001:6e4: 2001:7ba:
CN 380 8 36.212. 61.188. 113.110. 120.26. 175.4. 220.174. 2400:1380: 2400:1cc0: 2400:3340:
RU 330 3 5.142. 62.33. 90.189. 95.167. 176.212. 188.233. 2001:1b00: 2001:3e04: 2a00:eb8:
CA 320 -5 24.212. 76.68. 134.87. 142.113. 156.44. 198.166. 2001:56a: 2001:1978: 2600:d04:
IN 300 5.5 47.29. 117.192. 171.52. 2400:1e00:
BR 300 -3 177.131. 187.27. 200.101. 2001:12e8:
SG 240 8 8.178. 43.66. 135.171. 2400:7e80:
PL 210 1 77.65. 83.238. 178.42. 2001:90b:
IT 210 1 62.18. 89.96. 151.71. 2001:8d2:
AU 180 10 49.178. 122.107. 165.142. 2001:214:
ES 160 1 68.221. 85.55. 158.49. 2001:1a58:
FI 150 2 84.249. 137.33. 193.167. 2001:8bb:
KR 150 9 42.46. 121.183. 211.184. 2400:10:
CZ 130 1 85.160. 94.112. 193.85. 2001:146d:
SE 120 1 74.241. 95.196. 178.30. 2001:9ca:
CH 120 1 57.56. 138.221. 169.43. 2001:8ac:
TR 120 3 78.166. 88.246. 176.236. 2a00:1d30:
UA 110 2 37.57. 89.209. 176.39. 2a00:1d88:
ID 110 7 39.193. 114.2. 140.213. 2400:5140:
AT 90 1 83.64. 176.66. 2001:873:
RO 90 2 82.78. 109.97. 2a00:50e2:
HK 90 8 61.15. 206.161. 2400:6c80:
BE 75 1 57.199. 109.141. 2001:415a:
TW 75 8 61.70. 180.176. 2001:4544:
VN 75 7 14.243. 123.17. 2400:6720:
IE 70 0 51.183. 87.43. 2001:bb4:
MX 70 -6 187.142. 189.229. 2001:122b:
ZA 60 2 41.192. 196.24. 2a05:1686:
AR 60 -3 181.79. 190.176. 2800:26:
HU 60 1 84.206. 171.31. 2a00:10d0:
NO 55 1 84.212. 153.15. 2001:2020:
DK 55 1 80.163. 129.142. 2001:94c:
TH 55 7 61.91. 171.100. 2400:ea00:
BG 50 2 78.90. 95.43. 2a00:4806:
PT 45 0 85.242. 176.78. 2001:8a4:
GR 45 2 62.103. 141.237. 2a00:1cb8:
MY 45 8 60.51. 180.74. 2400:d260:
LT 42 2 78.57. 90.135. 2a00:142b:
CL 40 -4 179.8. 190.215. 2800:8e0:
IL 40 2 79.176. 132.76. 2a00:7c41:
IR 40 3.5 5.112. 83.123. 2001:39c1:
KZ 38 5 2.79. 147.30. 2a01:68c4:
SK 36 1 91.127. 178.41. 2a00:12a9:
CO 36 -5 181.139. 190.255. 2800:260:
PH 34 8 112.200. 124.106. 2400:6fe0:
NZ 32 12 121.72. 162.112. 2400:7700:
RS 30 1 160.99. 2a00:61c7:
PK 28 5 39.63. 2400:a960:
SA 26 3 82.167. 2001:3c84:
AE 26 4 86.99. 2a00:f29:
LV 24 2 78.84. 2a00:4087:
EE 24 2 90.190. 2a00:6a06:
HR 22 1 93.136. 2a00:7880:
SI 22 1 164.8. 2001:168c:
BD 22 6 114.130. 2400:4ca0:
EG 20 2 154.188. 2c0f:7b03:
LU 18 1 156.133. 2001:b24:
KE 16 3 154.78. 2c0f:d40:
PE 16 -5 190.116. 2803:f00:
BY 16 3 134.17. 2a02:2209:
NG 16 1 105.118. 2c0f:26c4:
MD 14 2 109.185. 2a00:c5a3:
MA 13 1 154.145. 2c0f:4100:
IS 12 0 160.210. 2a00:5381:
GE 12 4 176.73. 2a00:e8c0:
UY 11 -3 179.30. 2803:850:
EC 11 -5 186.68. 2800:b30:
DZ 10 1 154.240. 2c0f:41a0:
TN 10 1 196.176. 2a04:5fc5:
AM 10 4 46.130. 2a00:cc42:
CR 10 -6 201.196. 2800:d304:
CY 9 2 62.228. 2a00:f9e0:
LK 9 5.5 124.43. 2402:d000:
AZ 9 4 5.197. 2a00:9100:
UZ 9 5 80.80.208. 2a02:c8c3:
NP 8 5.75 49.126. 2401:e20:
VE 8 -4 186.94. 2800:6bd:
MK 7 1 77.28. 2a01:5ba:
BA 7 1 5.43.96. 2a00:cb00:
GH 7 0 154.169. 2c0f:2fc0:
JO 6 3 176.29. 2a00:caa0:
IQ 6 3 37.238. 2a00:d620:
KW 6 3 94.128. 2a01:9b20:
QA 6 3 78.100. 2a04:7f85:
PR 6 -4 136.145. 2606:3d80:
DO 6 -4 179.53. 2803:1490:
PA 6 -5 190.34. 2803:3000:
BO 5 -4 179.59. 2803:3ea0:
GT 5 -6 190.56. 2803:3b10:
PY 5 -3 181.124. 2803:3360:
MT 5 1 94.17. 2a01:181:
AL 5 1 79.106. 2407:79c0:
KG 5 6 37.218.128. 2a04:b346:
TZ 5 3 156.158. 2c0f:2580:
UG 5 3 154.224. 2c0f:7140:
MN 5 8 64.119.16. 2402:2720:
MM 4 6.5 37.111.32. 2400:f240:
KH 4 7 36.37.160. 2401:ccc0:
OM 4 4 37.40. 2a02:2909:
BH 4 3 16.25. 2a01:4902:
SV 4 -6 190.86. 2803:8840:
HN 3 -6 181.210. 2803:42c0:
CI 3 0 154.235. 2c0f:7c00:
SN 3 0 154.124. 2c0f:e960:
CM 3 1 102.247. 2c0f:3640:
MU 3 4 102.233. 2001:4216:
ZM 3 2 102.151. 2c0f:16c0:
AO 3 1 105.174. 2c0f:2bc0:
ME 3 1 31.204.224. 2a02:4282:
ET 3 3 196.190. 2c0f:3c40:
LB 3 2 178.135. 2a01:e784:
TT 2 -4 190.58. 2800:e0a:
PS 2 2 213.6. 2a00:9922:
MO 2 8 161.64. 2401:75c0:
LY 2 2 41.254. 2c0f:3bc0:
SD 2 2 105.239. 2c0f:1e40:
MZ 2 2 197.219. 2c0f:5580:
RW 2 2 41.197. 2c0f:56c0:
ZW 2 2 41.85.208. 2c0f:45a0:
NI 2 -6 186.77. 2803:2410:
JM 2 -5 63.143.96. 2600:1b14:
MG 2 3 102.19. 2c0f:1740:
RE 2 4 154.67. 2c0f:3788:
BW 1 2 168.167. 2c0f:33c0:
NA 1 2 197.188. 2c0f:6b40:
AF 1 4.5 58.147.128. 2402:2880:
LA 1 7 115.84.96. 2402:8c80:
FJ 1 12 144.120. 2402:2940:
AD 1 1 85.94.160. 2a01:fb05:
LI 1 1 80.72.48. 2a03:5482:
TJ 1 5 85.9.128. 2a04:6f43:
BF 1 0 102.179. 2c0f:4ac0:
BJ 1 1 137.255. 2c0f:53c0:
`;

/** Share of addresses that are IPv6, where the country has a block. */
const IPV6_SHARE = 0.1;

export interface Country {
  code: string;
  hoursAhead: number;
  ipv4: readonly string[];
  ipv6: readonly string[];
}

const countries = COUNTRIES.trim().split('\n').map(parseCountry);
const lottery = createLottery(countries.map(({ weight }) => weight));

function parseCountry(line: string): Country & { weight: number } {
  const [code = '', weight, hoursAhead, ...blocks] = line.split(' ');
  return {
    code,
    weight: Number(weight),
    hoursAhead: Number(hoursAhead),
    ipv4: blocks.filter((block) => block.endsWith('.')),
    ipv6: blocks.filter((block) => block.endsWith(':')),
  };
}

export function drawCountry(random: Random): Country {
  return countries[lottery(random)]!;
}

/** An address in one of the country's blocks. */
export function drawAddress(country: Country, random: Random): string {
  if (country.ipv6.length > 0 && random.chance(IPV6_SHARE)) return ipv6In(pick(country.ipv6, random), random);
  return ipv4In(pick(country.ipv4, random), random);
}

/** Blocks of which the registries give away networks; what is in none of them asks for nothing. */
const ANY_IPV6 = [
  0x2001, 0x2400, 0x2401, 0x2402, 0x2403, 0x2404, 0x2405, 0x2406, 0x2407, 0x2408, 0x2409, 0x240e, 0x2600, 0x2601,
  0x2602, 0x2603, 0x2604, 0x2605, 0x2606, 0x2607, 0x2620, 0x2800, 0x2803, 0x2804, 0x2806, 0x2a00, 0x2a01, 0x2a02,
  0x2a03, 0x2a04, 0x2a05, 0x2a06, 0x2a07, 0x2a09, 0x2a0a, 0x2a0c, 0x2a0e, 0x2a10, 0x2a12, 0x2c0f,
];

/** An address from anywhere: no two are likely to be of one network, as no fleet would be. */
export function drawAnyAddress(ipv6Share: number, random: Random): string {
  if (random.chance(ipv6Share)) {
    const groups = Array.from({ length: 3 }, () => random.below(0x10000).toString(16));
    return `${pick(ANY_IPV6, random).toString(16)}:${groups.join(':')}::${(1 + random.below(0xffff)).toString(16)}`;
  }
  const bits = random.uint32();
  return `${1 + ((bits >>> 24) % 223)}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

function ipv4In(block: string, random: Random): string {
  const bits = random.uint32();
  const last = 1 + ((bits & 0xff) % 254);
  const parts = block.split('.');
  if (parts.length === 3) return `${block}${(bits >>> 8) & 0xff}.${last}`;
  return `${parts[0]}.${parts[1]}.${Number(parts[2]) + ((bits >>> 8) & 15)}.${last}`;
}

function ipv6In(block: string, random: Random): string {
  const network = random.uint32();
  const site = `${block}${(1 + ((network >>> 16) % 0xfffe)).toString(16)}`;
  // Servers are numbered by hand; most others take a random interface identifier.
  if (random.chance(0.3)) return `${site}::${((network & 0xff) + 1).toString(16)}`;
  const groups = Array.from({ length: 4 }, () => (1 + (random.uint32() % 0xffff)).toString(16));
  return `${site}:${(1 + (network & 0xfff)).toString(16)}:${groups.join(':')}`;
}
