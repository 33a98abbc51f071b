// Reads a text of each line (base64) with the YAML reader of k3s and kubeadm, and writes what came of it as JSON:
// {"fault": "..."} or {"value": [type, text] | {"list": [...]} | {"map": [[key, value], ...]}}.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"

	yaml "gopkg.in/yaml.v2"
)

func plain(value interface{}) interface{} {
	switch value := value.(type) {
	case nil:
		return []string{"null", ""}
	case bool:
		return []string{"bool", fmt.Sprint(value)}
	case int, int64, uint64:
		return []string{"int", fmt.Sprint(value)}
	case float64:
		if math.IsNaN(value) {
			return []string{"float", "NaN"}
		}
		return []string{"float", fmt.Sprint(value)}
	case []interface{}:
		list := []interface{}{}
		for _, each := range value {
			list = append(list, plain(each))
		}
		return map[string]interface{}{"list": list}
	case yaml.MapSlice:
		entries := []interface{}{}
		for _, each := range value {
			entries = append(entries, []interface{}{plain(each.Key), plain(each.Value)})
		}
		return map[string]interface{}{"map": entries}
	}
	return []string{"text", fmt.Sprint(value)}
}

func read(text []byte) (result map[string]interface{}) {
	defer func() {
		if fault := recover(); fault != nil {
			result = map[string]interface{}{"fault": fmt.Sprint(fault)}
		}
	}()
	entries := yaml.MapSlice{}
	if err := yaml.Unmarshal(text, &entries); err != nil {
		return map[string]interface{}{"fault": err.Error()}
	}
	return map[string]interface{}{"value": plain(entries)}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<24)
	output := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		text, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			panic(err)
		}
		if err := output.Encode(read(text)); err != nil {
			panic(err)
		}
	}
}
