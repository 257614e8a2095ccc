// A client on franz-go.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

type options struct {
	Bootstrap string `json:"bootstrap"`
	ClientID  string `json:"client_id"`
	Authority string `json:"authority"` // PEM file of who signed the broker's certificate, where it speaks TLS
}

// A command says what to do; each kind uses its own part of the fields.
type command struct {
	Do              string            `json:"do"`
	Topic           string            `json:"topic"`
	Topics          json.RawMessage   `json:"topics"`
	Records         []record          `json:"records"`
	Compression     string            `json:"compression"`
	Acks            *int              `json:"acks"`
	Idempotent      bool              `json:"idempotent"`
	Transaction     string            `json:"transaction"`
	TransactionalID string            `json:"transactional_id"`
	Count           int               `json:"count"`
	Seconds         int               `json:"seconds"`
	Group           string            `json:"group"`
	Groups          []string          `json:"groups"`
	Config          map[string]string `json:"config"`
}

type record struct {
	Key       json.RawMessage      `json:"key"`
	Value     json.RawMessage      `json:"value"`
	Headers   [][2]json.RawMessage `json:"headers"`
	Partition *int32               `json:"partition"`
}

// A line of the log: a record as it was produced or consumed.
type line struct {
	Action      string  `json:"action"`
	Topic       string  `json:"topic"`
	Partition   int32   `json:"partition"`
	Offset      *int64  `json:"offset"`
	Timestamp   int64   `json:"timestamp"`
	Key         any     `json:"key"`
	Value       any     `json:"value"`
	Headers     [][]any `json:"headers"`
	Transaction string  `json:"transaction,omitempty"`
	Group       string  `json:"group,omitempty"`
}

var codecs = map[string]kgo.CompressionCodec{
	"":       kgo.NoCompression(),
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

var common []kgo.Opt

func main() {
	var given options
	if err := json.Unmarshal([]byte(os.Args[1]), &given); err != nil {
		panic(err)
	}
	common = []kgo.Opt{
		kgo.SeedBrokers(strings.Split(given.Bootstrap, ",")...),
		kgo.ClientID(given.ClientID),
	}
	if given.Authority != "" {
		common = append(common, kgo.DialTLSConfig(encrypted(given.Authority)))
	}
	answer(map[string]string{"library": library()})
	answer(map[string]bool{"done": true})
	commands := bufio.NewScanner(os.Stdin)
	commands.Buffer(nil, 1<<20)
	for commands.Scan() {
		var wanted command
		err := json.Unmarshal(commands.Bytes(), &wanted)
		if err == nil {
			err = carryOut(wanted)
		}
		if err != nil {
			answer(map[string]string{"failed": err.Error()})
		} else {
			answer(map[string]bool{"done": true})
		}
	}
}

// encrypted trusts one authority, and logs the secrets of connections where SSLKEYLOGFILE says.
func encrypted(authority string) *tls.Config {
	pem, err := os.ReadFile(authority)
	if err != nil {
		panic(err)
	}
	keylog, err := os.OpenFile(os.Getenv("SSLKEYLOGFILE"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: roots, KeyLogWriter: keylog}
}

func carryOut(wanted command) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	switch wanted.Do {
	case "create_topics":
		return createTopics(ctx, wanted)
	case "produce":
		return produce(ctx, wanted)
	case "consume":
		return consume(ctx, wanted)
	case "inspect":
		return inspect(ctx, wanted)
	}
	return fmt.Errorf("unknown command %q", wanted.Do)
}

func createTopics(ctx context.Context, wanted command) error {
	client, err := kgo.NewClient(common...)
	if err != nil {
		return err
	}
	defer client.Close()
	var topics map[string]int32
	if err := json.Unmarshal(wanted.Topics, &topics); err != nil {
		return err
	}
	for name, partitions := range topics {
		if _, err := kadm.NewClient(client).CreateTopic(ctx, partitions, 1, nil, name); err != nil {
			return err
		}
	}
	return nil
}

// produce sends records, in a transaction if one is named by how it shall end: commit or abort.
func produce(ctx context.Context, wanted command) error {
	acks := -1
	if wanted.Acks != nil {
		acks = *wanted.Acks
	}
	opts := append([]kgo.Opt{kgo.ProducerBatchCompression(codecs[wanted.Compression])}, common...)
	opts = append(opts, kgo.RecordPartitioner(partitioner()), kgo.ProducerLinger(20*time.Millisecond))
	switch acks {
	case 0:
		opts = append(opts, kgo.RequiredAcks(kgo.NoAck()))
	case 1:
		opts = append(opts, kgo.RequiredAcks(kgo.LeaderAck()))
	}
	if wanted.Transaction != "" {
		opts = append(opts, kgo.TransactionalID(wanted.TransactionalID))
	} else if !wanted.Idempotent {
		opts = append(opts, kgo.DisableIdempotentWrite())
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	if wanted.Transaction != "" {
		if err := client.BeginTransaction(); err != nil {
			return err
		}
	}
	sent := make([]*kgo.Record, 0, len(wanted.Records))
	for _, one := range wanted.Records {
		sent = append(sent, one.toProduce(wanted.Topic))
	}
	results := client.ProduceSync(ctx, sent...)
	if err := results.FirstErr(); err != nil {
		return err
	}
	for _, result := range results {
		logged := describe("produced", result.Record)
		logged.Transaction = wanted.Transaction
		if acks == 0 {
			logged.Offset = nil
		}
		answer(logged)
	}
	if wanted.Transaction != "" {
		return client.EndTransaction(ctx, kgo.TransactionEndTry(wanted.Transaction == "commit"))
	}
	return nil
}

// partitioner takes the partition that the scenario names, else it goes by the key.
func partitioner() kgo.Partitioner {
	byKey := kgo.StickyKeyPartitioner(nil)
	return kgo.BasicConsistentPartitioner(func(topic string) func(*kgo.Record, int) int {
		forTopic := byKey.ForTopic(topic)
		return func(r *kgo.Record, partitions int) int {
			if r.Partition >= 0 {
				return int(r.Partition)
			}
			return forTopic.Partition(r, partitions)
		}
	})
}

// consume reads records in a group until enough have come or the time is over, commits, and leaves.
func consume(ctx context.Context, wanted command) error {
	var topics []string
	if err := json.Unmarshal(wanted.Topics, &topics); err != nil {
		return err
	}
	opts := append([]kgo.Opt{
		kgo.ConsumerGroup(wanted.Group),
		kgo.ConsumeTopics(topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
	}, common...)
	if wanted.Config["isolation"] == "read_committed" {
		opts = append(opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	patience := ctx
	if wanted.Seconds > 0 {
		limited, cancel := context.WithTimeout(ctx, time.Duration(wanted.Seconds)*time.Second)
		defer cancel()
		patience = limited
	}
	for seen := 0; wanted.Count == 0 || seen < wanted.Count; {
		fetches := client.PollFetches(patience)
		if err := fetches.Err(); err != nil {
			if wanted.Count == 0 && errors.Is(err, context.DeadlineExceeded) {
				break
			}
			return errors.Join(fmt.Errorf("%d of %d records came", seen, wanted.Count), err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			seen++
			logged := describe("consumed", r)
			logged.Group = wanted.Group
			answer(logged)
		})
	}
	return client.CommitUncommittedOffsets(ctx)
}

// inspect asks for what an operator looks at: topics, offsets, groups, configuration.
func inspect(ctx context.Context, wanted command) error {
	client, err := kgo.NewClient(common...)
	if err != nil {
		return err
	}
	defer client.Close()
	var topics []string
	if err := json.Unmarshal(wanted.Topics, &topics); err != nil {
		return err
	}
	admin := kadm.NewClient(client)
	_, errMetadata := admin.Metadata(ctx, topics...)
	_, errOffsets := admin.ListEndOffsets(ctx, topics...)
	_, errConfigs := admin.DescribeTopicConfigs(ctx, topics...)
	_, errGroups := admin.ListGroups(ctx)
	_, errDescribed := admin.DescribeGroups(ctx, wanted.Groups...)
	errCommitted := admin.FetchManyOffsets(ctx, wanted.Groups...).Error()
	return errors.Join(errMetadata, errOffsets, errConfigs, errGroups, errDescribed, errCommitted)
}

func (wanted record) toProduce(topic string) *kgo.Record {
	made := &kgo.Record{
		Topic:     topic,
		Partition: -1,
		Key:       raw(wanted.Key),
		Value:     raw(wanted.Value),
		Timestamp: time.Now(),
	}
	if wanted.Partition != nil {
		made.Partition = *wanted.Partition
	}
	for _, header := range wanted.Headers {
		made.Headers = append(made.Headers, kgo.RecordHeader{Key: string(raw(header[0])), Value: raw(header[1])})
	}
	return made
}

func describe(action string, r *kgo.Record) line {
	headers := [][]any{}
	for _, header := range r.Headers {
		headers = append(headers, []any{header.Key, text(header.Value)})
	}
	return line{
		Action: action, Topic: r.Topic, Partition: r.Partition, Offset: &r.Offset,
		Timestamp: r.Timestamp.UnixMilli(), Key: text(r.Key), Value: text(r.Value), Headers: headers,
	}
}

func text(data []byte) any {
	switch {
	case data == nil:
		return nil
	case utf8.Valid(data):
		return string(data)
	}
	return map[string]string{"hex": hex.EncodeToString(data)}
}

func raw(content json.RawMessage) []byte {
	var plain *string
	if len(content) == 0 || json.Unmarshal(content, &plain) == nil {
		if plain == nil {
			return nil
		}
		return []byte(*plain)
	}
	var binary struct{ Hex string }
	if err := json.Unmarshal(content, &binary); err != nil {
		panic(err)
	}
	decoded, err := hex.DecodeString(binary.Hex)
	if err != nil {
		panic(err)
	}
	return decoded
}

func answer(fields any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		panic(err)
	}
}

func library() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "github.com/twmb/franz-go" {
			return "franz-go " + strings.TrimPrefix(module.Version, "v")
		}
	}
	return "franz-go"
}
