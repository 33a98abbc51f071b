// Says what k3s makes of configuration files, as far as its parsers decide it: of each line of input, a JSON object
// {"role": "server" | "server+agent" | "agent", "files": ["text", ...]}, it writes {"fault": "..."} or {}.
// The steps are those of k3s (pkg/configfilearg, pkg/cli/server, pkg/util, kine): YAML to arguments, arguments to flags,
// then the values one by one; what reads a value is the library that k3s uses for it.
// The flags come as JSON in the file that the first argument names: the catalog of the extension.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/urfave/cli/v2"
	yaml "gopkg.in/yaml.v2"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/validation"
	componentflag "k8s.io/component-base/cli/flag"
)

type key struct {
	Key        string
	Aliases    []string
	Type       string
	Role       string
	Deprecated string
}

type question struct {
	Role  string
	Files []string
}

// text is how a YAML value is printed when it becomes an argument.
func text(value interface{}) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func list(value interface{}) []interface{} {
	switch value := value.(type) {
	case string:
		return []interface{}{value}
	case []interface{}:
		return value
	}
	if printed := strings.TrimSpace(text(value)); printed != "" {
		return []interface{}{printed}
	}
	return nil
}

// arguments merges files in the order they are read and makes an argument of each value.
func arguments(files []string) ([]string, error) {
	var order []string
	values := map[string]interface{}{}
	for _, file := range files {
		entries := yaml.MapSlice{}
		if err := yaml.Unmarshal([]byte(file), &entries); err != nil {
			return nil, err
		}
		for _, entry := range entries {
			name, adds := strings.CutSuffix(text(entry.Key), "+")
			before, seen := values[name]
			if !seen {
				order = append(order, name)
			}
			if seen && adds {
				values[name] = append(list(before), list(entry.Value)...)
			} else {
				values[name] = entry.Value
			}
		}
	}
	var result []string
	for _, name := range order {
		prefix := "--"
		if len(name) == 1 {
			prefix = "-"
		}
		if items, ok := values[name].([]interface{}); ok {
			for _, item := range items {
				result = append(result, prefix+name+"="+text(item))
			}
		} else {
			result = append(result, prefix+name+"="+text(values[name]))
		}
	}
	return result, nil
}

func flagsOf(keys []key, isAgent bool) []cli.Flag {
	var flags []cli.Flag
	for _, each := range keys {
		if each.Role == "server" && isAgent || each.Role == "agent" && !isAgent {
			continue
		}
		switch each.Type {
		case "bool":
			flags = append(flags, &cli.BoolFlag{Name: each.Key, Aliases: each.Aliases})
		case "int":
			flags = append(flags, &cli.IntFlag{Name: each.Key, Aliases: each.Aliases})
		case "duration":
			flags = append(flags, &cli.DurationFlag{Name: each.Key, Aliases: each.Aliases})
		case "string-slice":
			flags = append(flags, &cli.StringSliceFlag{Name: each.Key, Aliases: each.Aliases})
		default:
			flags = append(flags, &cli.StringFlag{Name: each.Key, Aliases: each.Aliases})
		}
	}
	return flags
}

// known leaves out of the arguments of a server what is no flag; an agent gets all.
func known(args []string, flags []cli.Flag) []string {
	names := map[string]bool{}
	for _, flag := range flags {
		for _, name := range flag.Names() {
			names[name] = true
		}
	}
	var result []string
	for _, arg := range args {
		name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if names[name] {
			result = append(result, arg)
		}
	}
	return result
}

func split(values []string) []string {
	var result []string
	for _, value := range values {
		result = append(result, strings.Split(value, ",")...)
	}
	return result
}

func portProblem(c *cli.Context, name string, zero bool) error {
	port := c.Int(name)
	if port < 0 || port > 65535 || port == 0 && !zero && c.IsSet(name) {
		return fmt.Errorf("%s: invalid port %d", name, port)
	}
	return nil
}

func addresses(name string, values []string) error {
	for _, value := range split(values) {
		if net.ParseIP(value) == nil {
			return fmt.Errorf("invalid %s: invalid ip format '%s'", name, value)
		}
	}
	return nil
}

func networks(name string, values []string) ([]*net.IPNet, error) {
	var found []*net.IPNet
	for _, value := range split(values) {
		_, network, err := net.ParseCIDR(value)
		if err != nil {
			return nil, fmt.Errorf("invalid %s %s: %w", name, value, err)
		}
		found = append(found, network)
	}
	return found, nil
}

func families(found []*net.IPNet) string {
	four, six := false, false
	for _, each := range found {
		if each.IP.To4() != nil {
			four = true
		} else {
			six = true
		}
	}
	return fmt.Sprint(four, six)
}

// endpoint reads a datastore's address as the driver does that kine hands it to; nobody is asked over the network.
func endpoint(address string) error {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return errors.New("invalid datastore endpoint; endpoint should be a DSN URI in the format <scheme>://<authority>")
	}
	switch scheme {
	case "mysql":
		if rest == "" {
			return nil
		}
		_, err := mysql.ParseDSN(rest)
		return err
	case "postgres", "postgresql":
		if rest == "" {
			return nil
		}
		u, err := url.Parse("postgres://" + rest)
		if err != nil {
			return err
		}
		if len(u.Path) == 0 || u.Path == "/" {
			u.Path = "/kubernetes"
		}
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil {
			return err
		}
		// Files are on the machine.
		for _, name := range []string{"sslcert", "sslkey", "sslrootcert"} {
			query.Del(name)
		}
		u.RawQuery = query.Encode()
		_, err = pgx.ParseConfig(u.String())
		return err
	case "nats":
		parts := strings.Split(address, ",")
		u, err := url.Parse(parts[0])
		if err != nil {
			return err
		}
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil {
			return err
		}
		if r, err := strconv.ParseUint(query.Get("replicas"), 10, 8); err == nil && (r < 1 || r > 5) {
			return errors.New("invalid replicas, must be >= 1 and <= 5")
		}
		if d := query.Get("slowMethod"); d != "" {
			if _, err := time.ParseDuration(d); err != nil {
				return err
			}
		}
		if r, err := strconv.ParseUint(query.Get("revHistory"), 10, 8); err == nil && (r < 2 || r > 64) {
			return errors.New("invalid revHistory, must be >= 2 and <= 64")
		}
		if query.Get("contextFile") != "" && u.Host != "" {
			return errors.New("when using context endpoint no host should be provided")
		}
		for _, part := range parts {
			if u, err := url.Parse(part); err != nil || u.Scheme != "nats" {
				return errors.New("invalid connection string")
			}
		}
		return nil
	case "http", "https", "unix", "unixs", "sqlite", "jetstream":
		return nil
	}
	return errors.New("unknown driver")
}

// taint reads one item, or each part of it as releases before v1.33 did.
func taint(spec string) error {
	parts := strings.Split(strings.TrimSuffix(spec, "-"), ":")
	if len(parts) != 2 {
		return fmt.Errorf("invalid taint spec: %s", spec)
	}
	switch parts[1] {
	case "NoSchedule", "PreferNoSchedule", "NoExecute":
	default:
		return fmt.Errorf("invalid taint effect: %s", parts[1])
	}
	pair := strings.Split(parts[0], "=")
	problems := validation.IsQualifiedName(pair[0])
	if len(pair) == 2 {
		problems = append(problems, validation.IsValidLabelValue(pair[1])...)
	}
	if len(problems) > 0 || len(pair) > 2 {
		return fmt.Errorf("invalid taint spec: %s: %v", spec, problems)
	}
	return nil
}

func argument(values []string, name string) string {
	for _, each := range values {
		if key, value, ok := strings.Cut(each, "="); ok && key == name {
			return value
		}
	}
	return ""
}

func first(problems ...error) error {
	for _, each := range problems {
		if each != nil {
			return each
		}
	}
	return nil
}

// server is what `k3s server` looks at before and while it starts.
func server(c *cli.Context, withAgent bool) error {
	clusterNetworks, clusterProblem := networks("cluster-cidr", c.StringSlice("cluster-cidr"))
	serviceNetworks, serviceProblem := networks("service-cidr", c.StringSlice("service-cidr"))
	if problem := first(
		portProblem(c, "https-listen-port", false), portProblem(c, "supervisor-port", true),
		portProblem(c, "apiserver-port", true), portProblem(c, "advertise-port", true),
		clusterProblem, serviceProblem,
		addresses("node-ip", c.StringSlice("node-ip")), addresses("cluster-dns", c.StringSlice("cluster-dns")),
	); problem != nil {
		return problem
	}
	if c.Bool("cluster-reset") {
		return errors.New("Managed etcd cluster membership has been reset, restart without --cluster-reset flag now")
	}
	if c.String("cluster-reset-restore-path") != "" && !c.Bool("cluster-reset") {
		return errors.New("invalid flag use; --cluster-reset required with --cluster-reset-restore-path")
	}
	if c.Bool("disable-etcd") && c.String("server") == "" {
		return errors.New("invalid flag use; --server is required with --disable-etcd")
	}
	if c.Bool("disable-apiserver") && c.String("datastore-endpoint") != "" {
		return errors.New("invalid flag use; cannot use --disable-apiserver with --datastore-endpoint")
	}
	if c.IsSet("etcd-snapshot-reconcile-interval") && c.Duration("etcd-snapshot-reconcile-interval") <= 0 && !c.Bool("etcd-disable-snapshots") {
		return errors.New("etcd-snapshot-reconcile-interval must be greater than 0s")
	}
	if c.IsSet("etcd-s3-timeout") && c.Duration("etcd-s3-timeout") <= 0 && c.Bool("etcd-s3") && !c.Bool("etcd-disable-snapshots") {
		return errors.New("etcd-s3-timeout must be greater than 0s")
	}
	if c.IsSet("service-node-port-range") {
		if _, err := utilnet.ParsePortRange(c.String("service-node-port-range")); err != nil {
			return err
		}
	}
	if len(serviceNetworks) > 0 {
		if ones, bits := serviceNetworks[0].Mask.Size(); bits-ones < 3 {
			return errors.New("the service cluster IP range must be at least 8 IP addresses")
		}
	}
	if _, err := componentflag.TLSVersion(argument(c.StringSlice("kube-apiserver-arg"), "tls-min-version")); err != nil {
		return err
	}
	if names := argument(c.StringSlice("kube-apiserver-arg"), "tls-cipher-suites"); names != "" {
		if _, err := componentflag.TLSCipherSuites(strings.Split(names, ",")); err != nil {
			return err
		}
	}
	if join := c.String("server"); join != "" && c.String("token") != "" && !strings.HasPrefix(join, "https://") {
		return errors.New("only https:// URLs are supported")
	}
	if c.String("datastore-endpoint") != "" {
		if err := endpoint(c.String("datastore-endpoint")); err != nil {
			return err
		}
	}
	// A name would be looked up; nobody is asked over the network.
	if bind := c.String("bind-address"); bind != "" && net.ParseIP(bind) == nil {
		return fmt.Errorf("listen tcp: lookup %s: no such host", bind)
	}
	for _, name := range []string{"advertise-address", "apiserver-bind-address"} {
		if value := c.String(name); value != "" && net.ParseIP(value) == nil {
			return fmt.Errorf("invalid argument %q for --%s: failed to parse IP", value, name)
		}
	}
	if provider := c.String("secrets-encryption-provider"); c.Bool("secrets-encryption") && provider != "" && provider != "aescbc" && provider != "secretbox" {
		return errors.New("unsupported secrets-encryption-key-type " + provider)
	}
	if _, err := url.Parse("https://kubernetes.default.svc." + c.String("cluster-domain")); err != nil {
		return err
	}
	if !withAgent {
		return nil
	}
	switch mode := c.String("egress-selector-mode"); mode {
	case "agent", "cluster", "pod", "disabled":
	default:
		if c.IsSet("egress-selector-mode") {
			return fmt.Errorf("invalid egress-selector-mode %s", mode)
		}
	}
	// The networks of k3s itself are of the family of the node.
	if len(clusterNetworks) == 0 && len(serviceNetworks) != 1 {
		clusterNetworks, _ = networks("", []string{"10.42.0.0/16"})
	}
	if len(serviceNetworks) == 0 && len(clusterNetworks) != 1 {
		serviceNetworks, _ = networks("", []string{"10.43.0.0/16"})
	}
	if len(clusterNetworks) > 0 && len(serviceNetworks) > 0 && families(clusterNetworks) != families(serviceNetworks) {
		return errors.New("cluster-cidr and service-cidr must share the same IP version")
	}
	switch backend := c.String("flannel-backend"); backend {
	case "", "none", "vxlan", "host-gw", "wireguard-native", "tailscale":
	default:
		return fmt.Errorf("Cannot configure unknown flannel backend '%s'", backend)
	}
	return agent(c)
}

// agent is what the agent of a node looks at.
func agent(c *cli.Context) error {
	if problem := first(
		portProblem(c, "lb-server-port", false),
		addresses("node-ip", c.StringSlice("node-ip")), addresses("node-external-ip", c.StringSlice("node-external-ip")),
	); problem != nil {
		return problem
	}
	for _, spec := range c.StringSlice("node-taint") {
		if err := taint(spec); err != nil {
			return err
		}
	}
	labels := componentflag.ConfigurationMap{}
	if err := labels.Set(strings.Join(c.StringSlice("node-label"), ",")); err != nil {
		return err
	}
	for name, value := range labels {
		if problems := append(validation.IsQualifiedName(name), validation.IsValidLabelValue(value)...); len(problems) > 0 {
			return fmt.Errorf("invalid node labels: %v", problems)
		}
	}
	if bind := c.String("bind-address"); bind != "" && net.ParseIP(bind) == nil {
		return fmt.Errorf("invalid argument %q for --address: failed to parse IP", bind)
	}
	return nil
}

func judge(keys []key, asked question) (fault string) {
	defer func() {
		if panicked := recover(); panicked != nil {
			fault = fmt.Sprint(panicked)
		}
	}()
	args, err := arguments(asked.Files)
	if err != nil {
		return err.Error()
	}
	isAgent := asked.Role == "agent"
	flags := flagsOf(keys, isAgent)
	if !isAgent {
		args = known(args, flags)
	}
	app := &cli.App{
		Name:                      "k3s",
		DisableSliceFlagSeparator: true,
		HideHelp:                  true,
		HideVersion:               true,
		Writer:                    io.Discard,
		ErrWriter:                 io.Discard,
		Flags:                     flags,
		Action: func(c *cli.Context) error {
			if !isAgent {
				return server(c, asked.Role == "server+agent")
			}
			if c.String("token") == "" && c.String("token-file") == "" {
				return errors.New("--token is required")
			}
			if c.String("server") == "" {
				return errors.New("--server is required")
			}
			if !strings.HasPrefix(c.String("server"), "https://") {
				return errors.New("only https:// URLs are supported")
			}
			return agent(c)
		},
	}
	if err := app.Run(append([]string{"k3s"}, args...)); err != nil {
		return err.Error()
	}
	return ""
}

func main() {
	var keys []key
	rows, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(rows, &keys)
	}
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<24)
	output := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		answer := map[string]string{}
		if fault := judge(keys, asked); fault != "" {
			answer["fault"] = fault
		}
		if err := output.Encode(answer); err != nil {
			panic(err)
		}
	}
}
