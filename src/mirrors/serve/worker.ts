import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { EpochSeconds } from '../../flow/sightings/week.ts';
import { type CountryTable, countryOfClient } from '../../geo/country-table.ts';
import { agentArchReader } from '../answers/agent-arch.ts';
import type { MirrorService } from '../answers/answer.ts';
import type { ClientAddress } from '../answers/client-address.ts';
import type { Spool } from '../counting/spool.ts';
import { prepare } from '../selection/snapshot.ts';
import type { AsnLookUp, PlaceLookUp } from './client-place.ts';
import { Counters } from './counters.ts';
import { FLOOD_LIMITS, FloodGuard } from './flood-guard.ts';
import { createHttpServer, type Handler, HTTP_LIMITS, type HttpServer } from './http-server.ts';
import type { FromWorker, SnapshotParts, ToWorker, Whole, WorkerReport } from './messages.ts';
import { ownPages, page } from './own-pages.ts';
import { requestHandler } from './request-handler.ts';
import { serveSiteFile } from './site-files.ts';
import { notFoundPage, nothingPublishedPage } from './status-pages.ts';

export interface WorkerOptions {
  clientAddress: ClientAddress;
  isProxy(peer: string): boolean;
  publicAddress: string | undefined;
  /** The published site, or where it is going to be; undefined if there is to be none. */
  site: string | undefined;
  stylesheet: string;
  countries: CountryTable;
  placeOf: PlaceLookUp;
  asnOf: AsnLookUp;
  continents: ReadonlyMap<string, string>;
  spool: Spool | undefined;
  clients: readonly string[];
}

export interface WorkerEffects {
  tell(message: FromWorker): void;
  failed(error: unknown): void;
  now(): EpochSeconds;
  /** Of a clock that never goes back. */
  milliseconds(): number;
  /** Resident, in bytes. */
  memory(): number;
}

const STOP_SECONDS = 10;

/** One process that answers. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #effects: WorkerEffects;
  readonly #counters = new Counters();
  readonly #guard = new FloodGuard(FLOOD_LIMITS);
  readonly #handle: Handler;
  readonly #servers: HttpServer[] = [];
  readonly #questions = new Map<number, (whole: Whole) => void>();
  #question = 0;
  #connections = 0;
  #parts: SnapshotParts | undefined;
  #service: Omit<MirrorService, 'address'> | undefined;

  constructor(options: WorkerOptions, effects: WorkerEffects) {
    this.#options = options;
    this.#effects = effects;
    this.#handle = this.#handler();
  }

  /** One for each place to listen at; to listen with once `hear` was told to begin. */
  addServer(): Server {
    const http = createHttpServer(this.#handle, HTTP_LIMITS, this.#guard, this.#options.isProxy);
    this.#servers.push(http);
    http.server.on('connection', (socket) => {
      this.#connections += 1;
      socket.once('close', () => {
        this.#connections -= 1;
      });
    });
    return http.server;
  }

  hear(message: Exclude<ToWorker, { kind: 'stop' }>): void {
    switch (message.kind) {
      case 'begin':
        return this.#swap(message.snapshot, message.secret);
      case 'snapshot':
        return this.#swap(message.snapshot, this.#service!.secret);
      case 'secret':
        return this.#swap(this.#parts!, message.secret);
      case 'whole':
        this.#questions.get(message.question)?.(message.whole);
        this.#questions.delete(message.question);
    }
  }

  /** To be called every second. */
  tick(): void {
    this.#guard.sweep(this.#effects.milliseconds());
    this.#effects.tell({ kind: 'report', report: this.#report() });
  }

  /** Answers what was asked for, and writes what was counted. */
  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop(STOP_SECONDS)));
    await this.#options.spool?.close();
    this.tick();
  }

  /** One reference is swapped: a request sees all of one snapshot or all of the other (G12). */
  #swap(parts: SnapshotParts, secret: string): void {
    const isSame = parts === this.#parts;
    const snapshot = isSame ? this.#service!.snapshot : prepare(parts.catalogue, parts.state, this.#options.continents);
    this.#parts = parts;
    this.#service = { snapshot, secret };
  }

  #handler(): Handler {
    const { clientAddress, isProxy, publicAddress, countries, placeOf, asnOf, spool, clients } = this.#options;
    const { now, milliseconds } = this.#effects;
    return requestHandler({
      service: () => this.#service!,
      publicAddress,
      clientAddress,
      isProxy,
      countryOf: (address) => countryOfClient(countries, address),
      placeOf,
      asnOf,
      arrive: spool === undefined ? undefined : (arrival) => spool.arrive(arrival),
      archOf: agentArchReader(clients),
      guard: this.#guard,
      counters: this.#counters,
      ownPage: ownPages({
        parts: () => this.#parts!,
        whole: () => this.#askWhole(),
        stylesheet: this.#options.stylesheet,
        now,
      }),
      failed: (error) => this.#effects.failed(error),
      siteFile: (request, response) => this.#siteFile(request, response),
      now,
      milliseconds,
    });
  }

  #askWhole(): Promise<Whole> {
    this.#question += 1;
    const question = this.#question;
    return new Promise((resolve) => {
      this.#questions.set(question, resolve);
      this.#effects.tell({ kind: 'ask', question, report: this.#report() });
    });
  }

  async #siteFile(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { site } = this.#options;
    if (site !== undefined && (await serveSiteFile(site, request, response))) return;
    const isHome = /^\/(?:\?|$)/.test(request.url ?? '/');
    const { status, headers, body } = isHome ? page(200, nothingPublishedPage()) : page(404, notFoundPage());
    response.writeHead(status, headers).end(request.method === 'HEAD' ? '' : body);
  }

  #report(): WorkerReport {
    return {
      counts: this.#counters.counts,
      spool: this.#options.spool?.state(),
      connections: this.#connections,
      memory: this.#effects.memory(),
    };
  }
}
