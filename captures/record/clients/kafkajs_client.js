// A client on kafkajs.

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = require("kafkajs");
const SnappyCodec = require("kafkajs-snappy");
const readline = require("node:readline");

CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec;
const CODECS = { none: 0, gzip: 1, snappy: 2 };

const options = JSON.parse(process.argv[2]);
const kafka = new Kafka({
  clientId: options.client_id,
  brokers: options.bootstrap.split(","),
  logLevel: logLevel.ERROR,
  ...options.config,
});

const answer = (fields) => process.stdout.write(JSON.stringify(fields) + "\n");
const raw = (content) => (content == null ? null : Buffer.from(content.hex ?? content, content.hex ? "hex" : "utf8"));

function text(data) {
  if (data == null) return null;
  const decoded = data.toString();
  return Buffer.from(decoded).equals(data) ? decoded : { hex: data.toString("hex") };
}

function log(action, topic, partition, offset, timestamp, key, value, headers, rest) {
  const place = { action, topic, partition, offset, timestamp };
  answer({ ...place, key: text(key), value: text(value), headers, ...rest });
}

async function createTopics({ topics, replicas = 1 }) {
  const admin = kafka.admin();
  await admin.connect();
  const wanted = Object.entries(topics).map(([topic, numPartitions]) => ({
    topic,
    numPartitions,
    replicationFactor: replicas,
  }));
  await admin.createTopics({ topics: wanted });
  await admin.disconnect();
}

// Produce records, in a transaction if one is named by how it shall end: commit or abort.
async function produce({ topic, records, compression = "none", acks = -1, idempotent, transaction, transactional_id }) {
  const producer = kafka.producer({
    idempotent: Boolean(idempotent || transaction),
    transactionalId: transactional_id,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  const sender = transaction ? await producer.transaction() : producer;
  await send(sender, topic, records, CODECS[compression], acks, transaction);
  if (transaction === "commit") await sender.commit();
  if (transaction === "abort") await sender.abort();
  await producer.disconnect();
}

// One request per partition: kafkajs tells the first offset of each.
async function send(sender, topic, records, compression, acks, transaction) {
  for (const partition of new Set(records.map((record) => record.partition ?? 0))) {
    const timestamp = Date.now();
    const messages = records
      .filter((record) => (record.partition ?? 0) === partition)
      .map((record) => ({
        key: raw(record.key),
        value: raw(record.value),
        headers: headersOf(record),
        partition,
        timestamp: String(timestamp),
      }));
    const [placed] = await sender.send({ topic, messages, compression, acks });
    messages.forEach(({ key, value, headers }, index) => {
      const offset = acks === 0 ? null : Number(placed.baseOffset) + index;
      const rest = transaction ? { transaction } : {};
      log("produced", topic, partition, offset, timestamp, key, value, pairs(headers), rest);
    });
  }
}

function headersOf(record) {
  const headers = {};
  for (const [name, value] of record.headers ?? []) {
    headers[name] = name in headers ? [headers[name], raw(value)].flat() : raw(value);
  }
  return headers;
}

const pairs = (headers) =>
  Object.entries(headers ?? {}).flatMap(([name, values]) => [values].flat().map((value) => [name, text(value)]));

// Consume records in a group until `count` have come, commit, and leave.
async function consume({ topics, count, group, seconds = 20, config = {} }) {
  const consumer = kafka.consumer({ groupId: group, ...config });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  let seen = 0;
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${seen} of ${count} records came`)), seconds * 1000);
    consumer.run({
      eachMessage: async ({ topic, partition, message }) => {
        seen += 1;
        const { offset, timestamp, key, value, headers } = message;
        log("consumed", topic, partition, Number(offset), Number(timestamp), key, value, pairs(headers), { group });
        if (seen < count) return;
        clearTimeout(timer);
        setTimeout(resolve, 200); // let it commit
      },
    });
  });
  await consumer.disconnect();
}

async function inspect({ topics, groups }) {
  const admin = kafka.admin();
  await admin.connect();
  await admin.describeCluster();
  await admin.fetchTopicMetadata({ topics });
  for (const topic of topics) await admin.fetchTopicOffsets(topic);
  await admin.listGroups();
  await admin.describeGroups(groups);
  for (const groupId of groups) await admin.fetchOffsets({ groupId, topics });
  await admin.describeConfigs({ resources: topics.map((name) => ({ type: 2, name })) });
  await admin.disconnect();
}

async function deleteTopics({ topics }) {
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics });
  await admin.disconnect();
}

const COMMANDS = { create_topics: createTopics, produce, consume, inspect, delete_topics: deleteTopics };

async function serve() {
  answer({ library: `kafkajs ${require("kafkajs/package.json").version}` });
  answer({ done: true });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { do: name, ...command } = JSON.parse(line);
    try {
      await COMMANDS[name](command);
      answer({ done: true });
    } catch (error) {
      answer({ failed: String(error) });
    }
  }
  process.exit(0);
}

serve();
