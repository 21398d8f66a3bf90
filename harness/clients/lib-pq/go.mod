module pgconform/lib-pq

go 1.24

require (
	github.com/lib/pq v1.12.3
	pgconform/contract v0.0.0
)

replace pgconform/contract => ../contract-go
