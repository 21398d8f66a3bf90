module pgconform/contract

go 1.24
