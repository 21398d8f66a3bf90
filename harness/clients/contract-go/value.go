package contract

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// Setting quotes a value for a connection string of libpq's kind.
func Setting(name, value string) string {
	return fmt.Sprintf("%s='%s'", name, strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value))
}

// Settings are the request's fields as a connection string of libpq's kind.
func (request *Request) Settings() (string, error) {
	addresses, err := request.Addresses()
	if err != nil {
		return "", err
	}
	var hosts, ports []string
	for _, address := range addresses {
		hosts, ports = append(hosts, address.Host), append(ports, address.Port)
	}
	certificate := request.SSLRootCert
	if request.Verify == "none" {
		if strings.HasPrefix(request.SSLMode, "verify-") {
			return "", fmt.Errorf("verify=none and a sslmode that verifies")
		}
		certificate = ""
	}
	var settings []string
	for _, each := range []struct{ name, value string }{
		{"host", strings.Join(hosts, ",")},
		{"port", strings.Join(ports, ",")},
		{"user", request.User},
		{"dbname", request.Database},
		{"password", string(request.Password)},
		{"sslmode", request.SSLMode},
		{"sslrootcert", certificate},
		{"sslcert", request.SSLCert},
		{"sslkey", request.SSLKey},
		{"sslnegotiation", request.SSLNegotiation},
	} {
		if each.value != "" {
			settings = append(settings, Setting(each.name, each.value))
		}
	}
	for _, option := range request.Options {
		name, value, found := strings.Cut(option, "=")
		if !found {
			return "", fmt.Errorf("an option is NAME=VALUE, not %q", option)
		}
		settings = append(settings, Setting(name, value))
	}
	return strings.Join(settings, " "), nil
}

// Typed makes a list of a request what a program would have: a slice of one type.
func Typed(value any) any {
	list, isList := value.([]any)
	if !isList || len(list) == 0 {
		return value
	}
	switch list[0].(type) {
	case string:
		return slice[string](list)
	case int64:
		return slice[int64](list)
	case float64:
		return slice[float64](list)
	case bool:
		return slice[bool](list)
	case []any:
		switch Typed(list[0]).(type) {
		case []string:
			return nested[string](list)
		case []int64:
			return nested[int64](list)
		}
	}
	return value
}

func slice[T any](list []any) any {
	var typed []T
	for _, item := range list {
		item, same := item.(T)
		if !same {
			return list
		}
		typed = append(typed, item)
	}
	return typed
}

func nested[T any](list []any) any {
	var typed [][]T
	for _, item := range list {
		item, same := Typed(item).([]T)
		if !same {
			return list
		}
		typed = append(typed, item)
	}
	return typed
}

// Types names what the driver made of each column's first value; nil where there is none.
func Types(columns int, values [][]any) []any {
	types := make([]any, columns)
	for index := range types {
		for _, row := range values {
			if row[index] != nil {
				types[index] = fmt.Sprintf("%T", row[index])
				break
			}
		}
	}
	return types
}

// Version is that of a module that is linked in, without the `v`.
func Version(module string) string {
	if info, found := debug.ReadBuildInfo(); found {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return strings.TrimPrefix(dependency.Version, "v")
			}
		}
	}
	return "unknown"
}
